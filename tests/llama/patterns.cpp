// patterns.cpp - compares src/engine/llama/pattern.hpp with std::regex: every list of patterns in llama.cpp's llama-vocab.cpp, on the
// texts given and on thousands made here. Built by scripts/build-llama --references, run by unit_engine_llama.
//
//     build/llama/patterns build/deps/llama.cpp/src/llama-vocab.cpp build/deps/llama-tests/*.inp
//     49 lists, 103 patterns, 51234 texts, 0 differences
//
// unicode.cpp is compiled in as the plug-in has it, but for the call of xb_pattern_split, which here computes both ways.
#include "engine/llama/pattern.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

template <typename Char>
static std::vector<size_t> both_ways(const std::basic_string<Char> &text, const std::basic_string<Char> &regex,
                                     const std::vector<size_t> &offsets);
#define xb_pattern_split both_ways
#include "unicode.cpp"
#undef xb_pattern_split

static size_t                       differences, compared;
static std::string                  shown; // the text at hand
static std::set<std::string>        met;   // patterns that reached std::regex

template <typename Char>
static std::vector<size_t> both_ways(const std::basic_string<Char> &text, const std::basic_string<Char> &regex,
                                     const std::vector<size_t> &offsets) {
    std::vector<size_t> wanted = unicode_regex_split_stl(text, regex, offsets), found = xb_pattern_split(text, regex, offsets);
    compared++;
    met.insert(std::string(regex.begin(), regex.end()));
    if (wanted != found && differences++ < 20) std::printf("differs: %s\n", shown.c_str());
    return wanted;
}

static std::string read(const char *path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(std::string("cannot open ") + path);
    return { std::istreambuf_iterator<char>(file), {} };
}

// The string literals of a line of C++, without those in a comment.
static void add_literals(const std::string &line, std::vector<std::string> &out) {
    for (size_t i = 0; i < line.size(); i++) {
        if (line.compare(i, 2, "//") == 0) return;
        if (line[i] != '"') continue;
        std::string text;
        for (i++; i < line.size() && line[i] != '"'; i++) {
            if (line[i] != '\\') {
                text += line[i];
                continue;
            }
            char c = line[++i];
            text += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
        out.push_back(text);
    }
}

// What stands in `regex_exprs = { ... };`
static std::vector<std::vector<std::string>> lists_of(const std::string &source) {
    std::vector<std::vector<std::string>> found;
    size_t                                start = 0;
    bool                                  is_inside = false;
    for (size_t end; (end = source.find('\n', start)) != std::string::npos; start = end + 1) {
        std::string line = source.substr(start, end - start);
        if (line.find("regex_exprs = {") != std::string::npos) {
            is_inside = true;
            found.emplace_back();
        } else if (is_inside && line.find("};") != std::string::npos) is_inside = false;
        else if (is_inside) add_literals(line, found.back());
    }
    return found;
}

static unsigned random_number(unsigned below) { // xorshift, the same at each start
    static uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return static_cast<unsigned>(state >> 33) % below;
}

static std::string made_text() {
    static const char *const letters[] = {
        "a", "b", "Z", "S", "s", "t", "'s", "'LL", "'", " ", " ", "  ", "\n", "\r\n", "\t", "0", "7", "12", "1234", ".", ",", "!", "-", "(",
        "[", "\\", "/", "`", "{", "$", "+", "<", "^", "~", "|", "_", "@", "é", "Ä", "ß", "ж", "Ж", "中", "の", "カ", "한", "ㄱ", "ส", "็",
        "\xCC\x81", "\xE0\xA5\x8D", "\xE2\x80\xA6", "\xE3\x80\x82", "\xEF\xBC\x8C", "\xC2\xA0", "\xE2\x80\x83", "\xE3\x80\x80", "\xC2\x85", "²",
        "½", "€", "😀", "🇩🇪", "\xF0\x90\x90\x80", "\xEF\xBB\xBF", "IMGIMGABZ", "<sentinel:12>", "\x01", "\x7F", "٣", "ǅ", "ʰ", "。" };
    constexpr unsigned count = sizeof letters / sizeof letters[0];
    std::string        text;
    for (unsigned n = 1 + random_number(24); n > 0; n--) {
        const char *letter = letters[random_number(count)];
        for (unsigned times = random_number(6) ? 1 : 1 + random_number(9); times > 0; times--) text += letter;
    }
    return text;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    std::vector<std::string> texts;
    for (int i = 2; i < argc; i++) texts.push_back(read(argv[i]));
    for (const char *run : { "a", "Z", " ", "1", "\n", "!", "中", "é", "\xCC\x81", "ab ", "a\n", " 1", "aZ" }) {
        std::string text;
        for (int i = 0; i < 500; i++) text += run;
        texts.push_back(text);
        texts.push_back(text + "x");
        texts.push_back("x" + text + "1");
    }
    for (int i = 0; i < 300; i++) texts.push_back(made_text());
    auto lists = lists_of(read(argv[1]));
    for (const auto &list : lists)
        for (const std::string &text : texts) {
            shown = list[0] + "\n  on: " + text.substr(0, 200);
            unicode_regex_split(text, list, true);
        }
    std::printf("%zu lists, %zu patterns for std::regex, %zu comparisons, %zu differences\n", lists.size(), met.size(), compared,
                differences);
    return differences != 0;
}
