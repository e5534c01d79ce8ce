/* What is written and what is said: a table by hand, then texts of an enemy. */
#include "text/spoken.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "support.h"

static const struct {
    const char *written, *said;
} ROWS[] = {
    /* plain */
    { "Hello world.", "Hello world." },
    { "hello", "hello" },
    { "Hello, world! How are you?", "Hello, world! How are you?" },
    { "One; two: three.", "One; two: three." },
    { "Wait... what?", "Wait… what?" },
    { "Well … no.", "Well… no." },
    { "Really?! No!!", "Really? No!" },
    { "He said \"yes\" and left.", "He said “yes” and left." },
    { "He said “yes” and left.", "He said “yes” and left." },
    { "‘Tis the season; rock ’n’ roll.", "'Tis the season; rock 'n roll." },
    { "It's John's dog.", "It's John's dog." },
    { "the dogs' tails", "the dogs tails" },
    { "A well-known author.", "A well-known author." },
    { "one - two", "one — two" },
    { "one--two", "one—two" },
    { "one — two", "one — two" },
    { "one—two", "one—two" },
    { "(in brackets) and [these]", "(in brackets) and (these)" },
    { "tabs	and  spaces", "tabs and spaces" },
    { "café naïve Zürich Łódź Straße", "cafe naive Zurich Lodz Strasse" },
    { "and/or", "and or" },
    /* cardinals */
    { "0", "zero" },
    { "7", "seven" },
    { "13", "thirteen" },
    { "20", "twenty" },
    { "21", "twenty one" },
    { "42 apples", "forty two apples" },
    { "100", "one hundred" },
    { "101", "one hundred one" },
    { "110", "one hundred ten" },
    { "999", "nine hundred ninety nine" },
    { "1000 people", "one thousand people" },
    { "1,000", "one thousand" },
    { "1,001", "one thousand one" },
    { "12,345", "twelve thousand three hundred forty five" },
    { "100,000", "one hundred thousand" },
    { "1,234,567", "one million two hundred thirty four thousand five hundred sixty seven" },
    { "1,000,000", "one million" },
    { "2,000,000,000", "two billion" },
    { "123,456,789,012",
      "one hundred twenty three billion four hundred fifty six million seven hundred eighty nine thousand twelve" },
    { "1000000000000", "one trillion" },
    { "007", "zero zero seven" },
    { "1234567890123456", "one two three four five six seven eight nine zero one two three four five six" },
    { "500000", "five hundred thousand" },
    /* decimals, signs */
    { "3.14", "three point one four" },
    { "0.5", "zero point five" },
    { ".5", "point five" },
    { "10.05", "ten point zero five" },
    { "1,234.5", "one thousand two hundred thirty four point five" },
    { "-5", "minus five" },
    { "-0.25", "minus zero point two five" },
    { "+5", "plus five" },
    { "−40", "minus forty" },
    { "±3", "plus or minus three" },
    { "It fell to -5.", "It fell to minus five." },
    { "x = -2", "x equals minus two" },
    { "2 + 2 = 4", "two plus two equals four" },
    { "5 * 3", "five times three" },
    { "6 × 7", "six by seven" },
    { "10 ÷ 2", "ten divided by two" },
    { "3 < 5", "three less than five" },
    { "7 > 2", "seven greater than two" },
    { "a <= b", "a is at most b" },
    { "a != b", "a is not equal to b" },
    { "~50", "about fifty" },
    { "≈ 3", "about three" },
    { "≤ 5", "is at most five" },
    /* ordinals */
    { "1st", "first" },
    { "2nd", "second" },
    { "3rd", "third" },
    { "4th", "fourth" },
    { "5th", "fifth" },
    { "8th", "eighth" },
    { "9th", "ninth" },
    { "11th", "eleventh" },
    { "12th", "twelfth" },
    { "20th", "twentieth" },
    { "21st", "twenty first" },
    { "32nd", "thirty second" },
    { "100th", "one hundredth" },
    { "101st", "one hundred first" },
    { "1000th", "one thousandth" },
    { "1,000,000th", "one millionth" },
    { "the 19TH hole", "the nineteenth hole" },
    /* years, decades */
    { "in 1984", "in nineteen eighty four" },
    { "in 2000", "in two thousand" },
    { "in 2005", "in two thousand five" },
    { "in 2010", "in twenty ten" },
    { "in 2025", "in twenty twenty five" },
    { "in 1900", "in nineteen hundred" },
    { "in 1905", "in nineteen oh five" },
    { "in 1066", "in ten sixty six" },
    { "by 2100", "by twenty one hundred" },
    { "the year 1776", "the year seventeen seventy six" },
    { "1500 cars", "one thousand five hundred cars" },
    { "room 1984", "room one thousand nine hundred eighty four" },
    { "the 1990s", "the nineteen nineties" },
    { "the 1800s", "the eighteen hundreds" },
    { "the 2000s", "the two thousands" },
    { "the 90s", "the nineties" },
    { "the '60s", "the sixties" },
    { "1990's music", "nineteen nineties music" },
    { "1939-1945", "nineteen thirty nine to nineteen forty five" },
    { "2019–2021", "twenty nineteen to twenty twenty one" },
    { "44 BC", "forty four BC" },
    { "1066 AD", "ten sixty six AD" },
    /* money */
    { "$5", "five dollars" },
    { "$1", "one dollar" },
    { "$0.99", "ninety nine cents" },
    { "$0.01", "one cent" },
    { "$1.50", "one dollar and fifty cents" },
    { "$3.05", "three dollars and five cents" },
    { "$10.00", "ten dollars" },
    { "$1,234.56", "one thousand two hundred thirty four dollars and fifty six cents" },
    { "$1.5 million", "one point five million dollars" },
    { "$2 billion", "two billion dollars" },
    { "$3M", "three million dollars" },
    { "$50K", "fifty thousand dollars" },
    { "$1.2bn", "one point two billion dollars" },
    { "-$5", "minus five dollars" },
    { "$-5", "minus five dollars" },
    { "$5-10", "five to ten dollars" },
    { "$5-$10", "five to ten dollars" },
    { "$20/month", "twenty dollars per month" },
    { "US$5", "US five dollars" },
    { "£3.50", "three pounds and fifty pence" },
    { "£1", "one pound" },
    { "£2.01", "two pounds and one penny" },
    { "€10", "ten euros" },
    { "€1.50", "one euro and fifty cents" },
    { "5€", "five euros" },
    { "10 €", "ten euros" },
    { "¥500", "five hundred yen" },
    { "₹100", "one hundred rupees" },
    { "50¢", "fifty cents" },
    { "1¢", "one cent" },
    { "5 USD", "five US dollars" },
    { "100 EUR", "one hundred euros" },
    { "$1.5", "one point five dollars" },
    { "$100", "one hundred dollars" },
    /* percent, degrees */
    { "50%", "fifty percent" },
    { "3.5 %", "three point five percent" },
    { "5-10%", "five to ten percent" },
    { "25 °C", "twenty five degrees Celsius" },
    { "25°C", "twenty five degrees Celsius" },
    { "-40°F", "minus forty degrees Fahrenheit" },
    { "1°", "one degree" },
    { "90°", "ninety degrees" },
    /* dates */
    { "2025-03-14", "March fourteenth, twenty twenty five" },
    { "1999-12-31", "December thirty first, nineteen ninety nine" },
    { "2025/03/14", "March fourteenth, twenty twenty five" },
    { "3/14/2025", "March fourteenth, twenty twenty five" },
    { "03/04/2005", "March fourth, two thousand five" },
    { "14/3/2025", "March fourteenth, twenty twenty five" },
    { "14.3.2025", "March fourteenth, twenty twenty five" },
    { "3/14/99", "March fourteenth, nineteen ninety nine" },
    { "3/14/05", "March fourteenth, two thousand five" },
    { "March 3rd, 2025", "March third, twenty twenty five" },
    { "Jan. 5, 2020", "January fifth, twenty twenty" },
    { "Dec. 25", "December twenty fifth" },
    { "on Sept. 11", "on September eleventh" },
    { "July 4, 1776", "July fourth, seventeen seventy six" },
    { "2025-13-45", "twenty twenty five thirteen forty five" },
    /* times */
    { "3:30", "three thirty" },
    { "3:30 pm", "three thirty PM" },
    { "3:30 p.m. today", "three thirty PM today" },
    { "at 3:30 p.m.", "at three thirty PM." },
    { "10:05 AM", "ten oh five AM" },
    { "12:00", "twelve o'clock" },
    { "15:00", "fifteen hundred" },
    { "23:59", "twenty three fifty nine" },
    { "07:15", "seven fifteen" },
    { "3pm", "three PM" },
    { "10 a.m. sharp", "ten AM sharp" },
    { "10:30:15", "ten thirty and fifteen seconds" },
    { "16:9", "sixteen to nine" },
    { "3:1 odds", "three to one odds" },
    { "9:00am", "nine AM" },
    /* units */
    { "5 km", "five kilometers" },
    { "1 km", "one kilometer" },
    { "5km", "five kilometers" },
    { "10 kg", "ten kilograms" },
    { "1 kg", "one kilogram" },
    { "70 mph", "seventy miles per hour" },
    { "100 km/h", "one hundred kilometers per hour" },
    { "9.8 m/s²", "nine point eight meters per second squared" },
    { "3 m²", "three square meters" },
    { "3 m2", "three square meters" },
    { "5 cm³", "five cubic centimeters" },
    { "16 GB", "sixteen gigabytes" },
    { "512MB", "five hundred twelve megabytes" },
    { "2.4 GHz", "two point four gigahertz" },
    { "100 Mbps", "one hundred megabits per second" },
    { "5 ft 10 in.", "five feet ten in." },
    { "6 ft. tall", "six feet tall" },
    { "5in", "five inches" },
    { "200 lbs", "two hundred pounds" },
    { "1 lb", "one pound" },
    { "8 oz", "eight ounces" },
    { "2 L", "two liters" },
    { "500 ml", "five hundred milliliters" },
    { "20 ms", "twenty milliseconds" },
    { "5 s", "five seconds" },
    { "30 min", "thirty minutes" },
    { "2 h", "two hours" },
    { "220 V", "two hundred twenty volts" },
    { "60 W", "sixty watts" },
    { "5 kWh", "five kilowatt hours" },
    { "3 dB", "three decibels" },
    { "10 µm", "ten micro meters" },
    { "1920x1080", "one thousand nine hundred twenty by one thousand eighty" },
    { "4x4", "four by four" },
    { "10x faster", "ten times faster" },
    { "5k", "five thousand" },
    { "5-km run", "five kilometer run" },
    { "1500 m", "one thousand five hundred meters" },
    { "2024 MB", "two thousand twenty four megabytes" },
    { "60 fps", "sixty frames per second" },
    /* fractions */
    { "1/2", "one half" },
    { "1/4", "one quarter" },
    { "3/4", "three quarters" },
    { "2/3", "two thirds" },
    { "1/3", "one third" },
    { "5/8", "five eighths" },
    { "7/10", "seven tenths" },
    { "1 1/2", "one and a half" },
    { "2 3/4 cups", "two and three quarters cups" },
    { "½", "one half" },
    { "1½", "one and a half" },
    { "¾ cup", "three quarters cup" },
    { "24/7", "twenty four seven" },
    { "9/11", "nine eleven" },
    { "50/50", "fifty fifty" },
    { "3/500", "three over five hundred" },
    /* telephone, versions, ranges */
    { "555-1234", "five five five, one two three four" },
    { "555-123-4567", "five five five, one two three, four five six seven" },
    { "(555) 123-4567", "five five five, one two three, four five six seven" },
    { "1-800-555-0199", "one, eight zero zero, five five five, zero one nine nine" },
    { "+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight" },
    { "555.123.4567", "five five five, one two three, four five six seven" },
    { "1.2.3", "one point two point three" },
    { "v1.2.3", "version one point two point three" },
    { "v2.0", "version two point zero" },
    { "version 3.11", "version three point eleven" },
    { "192.168.0.1", "one hundred ninety two point one hundred sixty eight point zero point one" },
    { "3-5", "three to five" },
    { "10–20", "ten to twenty" },
    { "10 – 20", "ten to twenty" },
    { "pages 3-5", "pages three to five" },
    { "1-2-3", "one two three" },
    { "3-0", "three to zero" },
    /* abbreviations */
    { "Mr. Smith", "Mister Smith" },
    { "Mrs. Jones", "Missus Jones" },
    { "Ms. Lee", "Miz Lee" },
    { "Mr Smith", "Mister Smith" },
    { "Dr. Brown", "Doctor Brown" },
    { "Dr Brown", "Doctor Brown" },
    { "Elm Dr. is long", "Elm Drive is long" },
    { "St. Paul", "Saint Paul" },
    { "5 Main St. is near", "five Main Street is near" },
    { "He lives on Main St.", "He lives on Main Street." },
    { "St. John's St.", "Saint John's Street." },
    { "Prof. Xavier", "Professor Xavier" },
    { "Gen. Lee", "General Lee" },
    { "Capt. Kirk", "Captain Kirk" },
    { "Lt. Dan", "Lieutenant Dan" },
    { "Sen. Warren", "Senator Warren" },
    { "Gov. Brown", "Governor Brown" },
    { "Martin Luther King Jr. spoke", "Martin Luther King Junior spoke" },
    { "Acme Inc. grew", "Acme Incorporated grew" },
    { "Acme Co. failed", "Acme Company failed" },
    { "Acme Ltd.", "Acme Limited." },
    { "cats vs. dogs", "cats versus dogs" },
    { "cats vs dogs", "cats versus dogs" },
    { "e.g. this", "for example this" },
    { "i.e. that", "that is that" },
    { "apples, pears, etc.", "apples, pears, et cetera." },
    { "apples, etc. and more", "apples, et cetera and more" },
    { "No. 5", "Number five" },
    { "no. 5", "number five" },
    { "No. Never.", "No. Never." },
    { "pp. 3-5", "pages three to five" },
    { "Fig. 3", "Figure three" },
    { "vol. 2", "volume two" },
    { "ch. 7", "chapter seven" },
    { "approx. 5 km", "approximately five kilometers" },
    { "Mt. Everest", "Mount Everest" },
    { "Ft. Worth", "Fort Worth" },
    { "5th Ave.", "fifth Avenue." },
    { "dept. of labor", "department of labor" },
    { "ext. 42", "extension forty two" },
    { "est. 1999", "established nineteen ninety nine" },
    { "w/o sugar", "without sugar" },
    { "J. Smith", "J Smith" },
    { "J. R. R. Tolkien", "J R R Tolkien" },
    { "U.S. Army", "US Army" },
    { "the U.S.A. today", "the USA today" },
    { "in the U.S.", "in the US." },
    { "Ph.D. student", "PHD student" },
    { "a.m. and p.m.", "AM and PM." },
    /* acronyms */
    { "NASA and HTTP", "NASA and HTTP" },
    { "AT&T and R&D", "AT and T and R and D" },
    { "PCs and CPUs", "PCs and CPUs" },
    { "MP3", "MP three" },
    { "H2O", "H two O" },
    { "COVID-19", "COVID nineteen" },
    { "GPT-4", "GPT four" },
    { "B2B", "B two B" },
    { "4K video", "four K video" },
    { "3D", "three D" },
    /* roman */
    { "Henry VIII", "Henry the eighth" },
    { "Louis XIV", "Louis the fourteenth" },
    { "Elizabeth II reigned", "Elizabeth the second reigned" },
    { "World War II", "World War two" },
    { "Chapter IV", "Chapter four" },
    { "Part I", "Part one" },
    { "Act III, Scene 2", "Act three, Scene two" },
    { "Super Bowl LVIII", "Super Bowl fifty eight" },
    { "I am", "I am" },
    { "MIX it", "MIX it" },
    /* addresses */
    { "john@example.com", "john at example dot com" },
    { "john.doe@mail.example.org", "john dot doe at mail dot example dot org" },
    { "https://www.example.com/path", "WWW dot example dot com slash path" },
    { "www.example.com", "WWW dot example dot com" },
    { "Visit example.com.", "Visit example dot com." },
    { "example.com/a_b?c=1", "example dot com slash A underscore B C equals one" },
    { "main.c", "main dot c" },
    { "model.onnx", "model dot onnx" },
    /* symbols */
    { "A & B", "A and B" },
    { "rock & roll", "rock and roll" },
    { "50 @ home", "fifty at home" },
    { "#1", "number one" },
    { "#tag", "hashtag tag" },
    { "C++", "C plus plus" },
    { "100 #", "one hundred" },
    { "snake_case_name", "snake case name" },
    { "*bold* and _italic_", "bold and italic" },
    { "`code`", "code" },
    { "© 2024", "copyright twenty twenty four" },
    { "§ 5", "section five" },
    { "5 ≠ 6", "five is not equal to six" },
    { "π is 3.14", "pi is three point one four" },
    { "5 π", "five pi" },
    { "a -> b", "a, b" },
    { "x^2", "x to the two" },
    { "&amp; &nbsp;", "and" },
    /* unicode */
    { "Hello 😀 world", "Hello world" },
    { "👨‍👩‍👧 family", "family" },
    { "I ❤️ you", "I you" },
    { "漢字", "" },
    { "Hi 漢字, there。", "Hi, there." },
    { "ｆｕｌｌ　ｗｉｄｔｈ", "full width" },
    { "“a”、“b”", "“a”, “b”" },
    { "Привет, world", "world" },
    { "zero​width", "zerowidth" },
    { "soft­hyphen", "softhyphen" },
    { "№ 5", "number five" },
    { "① ②", "one two" },
    { "x²", "x" },
    /* markdown, links */
    { "[Kokoro](/kˈOkəɹO/) speaks", "Kokoro speaks" },
    { "[a link](http://example.com) here", "a link here" },
    { "# Title", "Title" },
    { "- item", "item" },
    { "* item", "item" },
    { "> quoted", "quoted" },
    { "**bold**", "bold" },
    { "![alt](img.png)", "alt" },
    { "<b>bold</b>", "bold" },
    { "5 March 2025", "five March twenty twenty five" },
    { "May 5-7", "May five to seven" },
    { "He has a Ph.D.", "He has a PHD." },
    { "I paid $5. Then I left.", "I paid five dollars. Then I left." },
    { "It was 1984. Then it ended.", "It was nineteen eighty four. Then it ended." },
    { "Version 2.0. Done.", "Version two point zero. Done." },
    { "See p. 5 and pp. 7-9.", "See page five and pages seven to nine." },
    { "a 5-year-old boy", "a five year-old boy" },
    { "the 5-minute break", "the five minute break" },
    { "3,000 m", "three thousand meters" },
    { "100m dash", "one hundred meters dash" },
    { "1st, 2nd and 3rd", "first, second and third" },
    { "1,2,3", "one, two, three" },
    { "(1) one", "(one) one" },
    { "\"5\"", "“five”" },
    { "5.", "five." },
    { "5!", "five!" },
    { "5?", "five?" },
    { "5,", "five," },
    { "100%!", "one hundred percent!" },
    { "50 % of", "fifty percent of" },
    { "No. 10 Downing St.", "Number ten Downing Street." },
    { "12 o'clock", "twelve o'clock" },
    { "the '20s", "the twenties" },
    { "20s", "twenties" },
    { "1/1/2000", "January first, two thousand" },
    { "0.001", "zero point zero zero one" },
    { "1e5", "one e five" },
    { "3.0", "three point zero" },
    { "e-mail", "e-mail" },
};

static char *line_of(const char *text, size_t size, int is_british) { /* free with free */
    xb_mem       mem;
    xb_str       s;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_str_init(&s, &mem, 64 << 20);
    CHECK_INT(xb_spoken_line(&mem, text, size, is_british, &s, &err), XYBRID_OK);
    char *out = malloc(s.size + 1);
    if (out) memcpy(out, s.data, s.size + 1);
    xb_str_free(&s);
    CHECK_INT(mem.used_bytes, 0);
    return out;
}

static void table(void) {
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char *said = line_of(ROWS[i].written, strlen(ROWS[i].written), 0);
        if (said && strcmp(said, ROWS[i].said) != 0) printf("  written: %s\n", ROWS[i].written);
        CHECK_STR(said, ROWS[i].said);
        free(said);
    }
}

static void british_dates(void) {
    char *said = line_of("3/4/2005", 8, 1);
    CHECK_STR(said, "the third of April, two thousand five");
    free(said);
}

/* Sentences, their ends, and where each word stood. */
static void sentences(void) {
    static const char  text[] = "Dr. No paid $5. \"Really?\" he asked.\n\nTitle\n\n- one\n- two 42";
    static const char *ends[] = { "Doctor No paid five dollars.", "“Really?” he asked.", "Title.", "one.", "two forty two" };
    xb_mem             mem;
    xb_spoken          s;
    xybrid_error       err;
    size_t             n = 0;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(xb_spoken_init(&s, &mem, text, sizeof text - 1, 0, &err), XYBRID_OK);
    while (s.at < s.size) {
        char joined[200] = "";
        CHECK_INT(xb_spoken_next(&s, &err), XYBRID_OK);
        for (size_t i = 0; i < s.count; i++) {
            if (joined[0] && s.words[i].flags & XB_SPOKEN_SPACE) strcat(joined, " ");
            strncat(joined, s.text.data + s.words[i].text, s.words[i].size);
        }
        CHECK_OR_RETURN(n < 5);
        CHECK_STR(joined, ends[n]);
        CHECK_INT(s.ends_paragraph, n == 1 || n == 2 || n == 3);
        if (n == 0) {
            CHECK_INT(s.words[3].start, 12); /* "five" and "dollars" are "$5" */
            CHECK_INT(s.words[3].end, 14);
            CHECK_INT(s.words[4].start, 12);
            CHECK(s.words[3].flags & XB_SPOKEN_NUMBER);
        }
        n++;
    }
    CHECK_INT(n, 5);
    xb_spoken_free(&s);
    CHECK_INT(mem.used_bytes, 0);
}

static void whole_sentences(void) {
    CHECK_INT(xb_spoken_whole("The end is near. And th", 23), 17);
    CHECK_INT(xb_spoken_whole("Mr. Smi", 7), 0);
    CHECK_INT(xb_spoken_whole("What? No", 8), 6);
    CHECK_INT(xb_spoken_whole("a\n\nb", 4), 3);
    CHECK_INT(xb_spoken_whole("", 0), 0);
}

/* `unit` over and over: all is read, in sentences that have an end. */
static void flood(const char *unit, size_t unit_size, size_t total) {
    xb_mem       mem;
    xb_spoken    s;
    xybrid_error err;
    char        *text = malloc(total);
    uint32_t     before = 0;
    CHECK_OR_RETURN(text != NULL);
    for (size_t i = 0; i < total; i++) text[i] = unit[i % unit_size];
    xb_mem_init(&mem, NULL, NULL, NULL, 2 << 20); /* far less than the words of all sentences together */
    CHECK_INT(xb_spoken_init(&s, &mem, text, total, 0, &err), XYBRID_OK);
    while (s.at < s.size) {
        CHECK_INT(xb_spoken_next(&s, &err), XYBRID_OK);
        CHECK_OR_RETURN(s.at > before && s.count <= XB_MAX_SENTENCE_WORDS);
        CHECK(xb_utf8_valid(s.text.data, s.text.size) == s.text.size);
        before = s.at;
    }
    xb_spoken_free(&s);
    CHECK_INT(mem.used_bytes, 0);
    free(text);
}

static void hostile(void) {
    static const char *const units[] = { "a",
                                         "1",
                                         " ",
                                         "\n",
                                         ".",
                                         ",",
                                         "-",
                                         "(",
                                         "[",
                                         "<",
                                         "\"",
                                         "'",
                                         "$",
                                         "1,",
                                         "1.",
                                         "1/",
                                         "1-",
                                         "1:",
                                         "a.",
                                         "a-",
                                         "A'",
                                         "&",
                                         "@",
                                         "a@",
                                         "www.",
                                         "://",
                                         "[a](",
                                         "](",
                                         "\xff",
                                         "\xf0\x9f\x98",
                                         "\xf0\x9f\x98\x80",
                                         "\x01\x02\x0e\x14",
                                         "\xcc\x81",
                                         "e\xcc\x81",
                                         "\xef\xbf\xbd",
                                         "\xe6\xbc\xa2",
                                         "\xd7\xa9 a ",
                                         "\xe2\x80\x8b",
                                         "#",
                                         "*",
                                         "|-",
                                         "\xc2\xbd",
                                         "\xe2\x82\xac",
                                         "$1.5 million-",
                                         "10:30 pm",
                                         "St. ",
                                         "IV ",
                                         "a\n\nb",
                                         "1 1/2 ",
                                         "-5",
                                         "\xcf\x80",
                                         "+1 ",
                                         "(555) " };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) flood(units[i], strlen(units[i]), CHECK_ROUNDS(100000));
    flood("\0", 1, 1000);
    flood("a b", 3, 1);
}

static void torture(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 200) {
        xybrid_error err;
        xb_str       s;
        xb_str_init(&s, &tm.mem, 1000);
        const xybrid_status st = xb_spoken_line(&tm.mem, "On 3/14/2025 at 3:30 p.m. he paid $1.50.", 40, 0, &s, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_str_free(&s);
    }
}

CHECK_MAIN(RUN(table), RUN(british_dates), RUN(sentences), RUN(whole_sentences), RUN(hostile), RUN(torture))
