// engine/llama/pattern.hpp - where a pre-tokenizer's pattern cuts a text; in the place of std::regex in llama.cpp's unicode.cpp.
//
//     std::vector<size_t> lengths = xb_pattern_split(text, std::string("\\s?[A-Za-z]+|\\d{1,3}"), { text.size() });
//
// GNU's std::regex calls itself for each character that a repetition takes: 320 bytes of the caller's stack and more, so that a
// long run of one kind of character ends the process. This one keeps what it may come back to on the heap, one frame for a
// repeated character set whatever its length, and gives the same cuts: the first alternative that leads to a match, repetitions as
// long as they can be (ECMA-262, 15.10). It knows what llama.cpp's patterns are written in: sets, \s \S \d, groups, (?: (?= (?!, * + ?
// {n} {n,m}, |, $; anything else is a std::runtime_error, as is a search of more than MOST_STEPS (hostile digits in "superbpe",
// which looks ahead to the end of a number at each of its digits).
//
// tests/llama/patterns.cpp compares it with std::regex, for all patterns of llama.cpp.
#pragma once

#include <bitset>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace xb {

constexpr uint64_t MOST_STEPS = UINT64_C(1) << 31;

// Numbers of characters. A char is one of 256, without a sign.
inline uint32_t code_of(char c) { return static_cast<unsigned char>(c); }
inline uint32_t code_of(wchar_t c) { return static_cast<uint32_t>(c); }

struct char_set {
    std::bitset<256>                           low;
    std::vector<std::pair<uint32_t, uint32_t>> high; // from 256 on
    bool                                       is_high_negated = false;

    bool has(uint32_t c) const {
        if (c < 256) return low[c];
        bool found = false;
        for (const auto &range : high) found |= range.first <= c && c <= range.second;
        return found != is_high_negated;
    }
    void add(uint32_t first, uint32_t last) {
        for (uint32_t c = first; c <= last && c < 256; c++) low.set(c);
        if (last >= 256) high.emplace_back(first, last);
    }
    void negate() {
        low.flip();
        is_high_negated = !is_high_negated;
    }
    // \s, \d, \S of the "C" locale
    void add_class(uint32_t name) {
        char_set named;
        if (name == 'd') named.add('0', '9');
        else named.add('\t', '\r'), named.add(' ', ' ');
        if (name == 'S') named.low.flip(), is_high_negated = true;
        low |= named.low;
    }
};

enum class op : uint8_t {
    run,   // of `set`, `least` to `most` characters, as many as there are
    split, // go on at `to`; if that leads nowhere, at `other`
    jump,  // to `to`
    look,  // ahead: the code behind it, which ends with accept, must match (`is_not`: must not); then at `to`
    end,   // of the text
    accept
};
constexpr size_t NO_LIMIT = SIZE_MAX;

struct step {
    op      what;
    bool    is_not = false;
    int32_t to = 0, other = 0; // relative to this step
    size_t  least = 1, most = 1;
    size_t  set = 0;
};

// A piece of a pattern, compiled.
struct part {
    std::vector<step> code;
    bool              may_be_empty = true;
};

template <typename Char> class pattern {
    std::basic_string<Char> source;
    size_t                  at = 0;
    std::vector<char_set>   sets;
    std::vector<step>       code;

    // ---- compiling ----

    bool     is_more() const { return at < source.size(); }
    uint32_t peek(size_t ahead = 0) const { return at + ahead < source.size() ? code_of(source[at + ahead]) : 0; }
    bool     take(const char *word) {
        size_t n = 0;
        for (; word[n]; n++)
            if (peek(n) != code_of(word[n])) return false;
        at += n;
        return true;
    }
    [[noreturn]] void fail() const {
        throw std::runtime_error("character " + std::to_string(at) + " of the pre-tokenizer's pattern is not understood");
    }
    uint32_t next() {
        if (!is_more()) fail();
        return code_of(source[at++]);
    }
    // Behind a backslash: the character meant, or a class added to `set` (then -1).
    int64_t escaped(char_set &set) {
        uint32_t c = next();
        if (c == 's' || c == 'S' || c == 'd') {
            set.add_class(c);
            return -1;
        }
        if (c == 'r') return '\r';
        if (c == 'n') return '\n';
        if (c == 't') return '\t';
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) fail(); // \b, \w, \1
        return c;
    }
    char_set bracket() { // behind '['
        char_set set;
        bool     is_negated = take("^");
        while (!take("]")) {
            uint32_t c = next();
            if (c == '\\' && peek() == 'S') fail();
            int64_t first = c == '\\' ? escaped(set) : c, last = first;
            if (first < 0) continue;
            if (peek() == '-' && peek(1) != ']') {
                at++;
                c = next();
                last = c == '\\' ? escaped(set) : c;
                if (last < first) fail();
            }
            set.add(static_cast<uint32_t>(first), static_cast<uint32_t>(last));
        }
        if (is_negated) set.negate();
        return set;
    }
    part one_of(const char_set &set) {
        sets.push_back(set);
        step s{ op::run };
        s.set = sets.size() - 1;
        return { { s }, false };
    }
    static void append(part &a, const part &b) {
        a.code.insert(a.code.end(), b.code.begin(), b.code.end());
        a.may_be_empty &= b.may_be_empty;
    }
    static step branch(op what, size_t to, size_t other = 0) {
        step s{ what };
        s.to = static_cast<int32_t>(to);
        s.other = static_cast<int32_t>(other);
        return s;
    }
    static step back(op what, size_t by, size_t other = 0) {
        step s = branch(what, 0, other);
        s.to = -static_cast<int32_t>(by);
        return s;
    }
    part look_ahead(bool is_not) {
        part inner = alternatives(), all;
        step s = branch(op::look, inner.code.size() + 2);
        s.is_not = is_not;
        all.code.push_back(s);
        append(all, inner);
        all.code.push_back({ op::accept });
        all.may_be_empty = true;
        return all;
    }
    part atom() {
        part     p;
        uint32_t c = next();
        char_set set;
        if (c == '(') {
            if (take("?=") || take("?!")) p = look_ahead(code_of(source[at - 1]) == '!');
            else {
                take("?:");
                p = alternatives();
            }
            if (!take(")")) fail();
            return p;
        }
        if (c == '$') {
            p.code.push_back({ op::end });
            return p;
        }
        if (c == '^' || c == '.' || c == '*' || c == '+' || c == '?' || c == '{' || c == ')') at--, fail();
        if (c == '[') return one_of(bracket());
        int64_t meant = c == '\\' ? escaped(set) : c;
        if (meant >= 0) set.add(static_cast<uint32_t>(meant), static_cast<uint32_t>(meant));
        return one_of(set);
    }
    size_t number() {
        size_t n = 0, start = at;
        while (peek() >= '0' && peek() <= '9' && n < 1000) n = n * 10 + (next() - '0');
        if (at == start) fail();
        return n;
    }
    // (?=[A])[B] in a group, the way of llama.cpp to say "of A and of B": one set
    void join_sets(part &p) {
        if (sizeof(Char) != 1 || p.code.size() != 4 || p.code[0].what != op::look || p.code[0].is_not ||
            p.code[1].what != op::run || p.code[2].what != op::accept || p.code[3].what != op::run || p.code[1].least != 1 ||
            p.code[3].least != 1 || p.code[3].most != 1)
            return;
        char_set both = sets[p.code[1].set];
        both.low &= sets[p.code[3].set].low;
        p = one_of(both);
    }
    part repeated() {
        part   p = atom();
        size_t least = 1, most = 1;
        join_sets(p);
        if (take("*")) least = 0, most = NO_LIMIT;
        else if (take("+")) most = NO_LIMIT;
        else if (take("?")) least = 0;
        else if (take("{")) {
            least = most = number();
            if (take(",")) most = number();
            if (!take("}") || most < least || most == 0) fail();
        }
        if (least == 1 && most == 1) return p;
        if (p.code.size() == 1 && p.code[0].what == op::run && p.code[0].most == 1) {
            p.code[0].least = least;
            p.code[0].most = most;
            p.may_be_empty = least == 0;
            return p;
        }
        if (p.may_be_empty) fail(); // would repeat nothing
        part   all;
        size_t size = p.code.size();
        for (size_t i = 0; i < least; i++) append(all, p);
        if (most == NO_LIMIT && least == 0) {
            all.code.push_back(branch(op::split, 1, size + 2));
            append(all, p);
            all.code.push_back(back(op::jump, size + 1));
        } else if (most == NO_LIMIT) all.code.push_back(back(op::split, size, 1));
        for (size_t i = least; i < most && most != NO_LIMIT; i++) { // each of the rest may be where it ends
            all.code.push_back(branch(op::split, 1, (most - i) * (size + 1)));
            append(all, p);
        }
        all.may_be_empty = least == 0;
        return all;
    }
    part sequence() {
        part all;
        while (is_more() && peek() != '|' && peek() != ')') append(all, repeated());
        return all;
    }
    part alternatives() {
        part first = sequence();
        if (!take("|")) return first;
        part rest = alternatives(), all;
        all.code.push_back(branch(op::split, 1, first.code.size() + 2));
        append(all, first);
        all.code.push_back(branch(op::jump, rest.code.size() + 1));
        append(all, rest);
        all.may_be_empty = first.may_be_empty || rest.may_be_empty;
        return all;
    }

    // ---- matching ----

    struct frame {
        size_t step, at, least; // go on there; a run may also end at each place down to `least`
    };
    std::vector<frame> frames;
    uint64_t           steps = 0;

    // From step `i` and place `p` on, not beyond `end`; then p is where the match ends. Nested for a look ahead alone.
    bool runs(const Char *text, size_t end, size_t i, size_t &p) {
        const size_t bottom = frames.size();
        for (size_t from = p;; from = p) {
            const step &s = code[i];
            bool        is_met = true;
            switch (s.what) {
            case op::accept: return true;
            case op::run: {
                size_t          room = end - p, most = s.most < room ? s.most : room;
                const char_set &set = sets[s.set];
                while (p - from < most && set.has(code_of(text[p]))) p++;
                is_met = p - from >= s.least;
                if (is_met && p - from > s.least) frames.push_back({ i + 1, p - 1, from + s.least });
                i++;
                break;
            }
            case op::split: frames.push_back({ i + static_cast<size_t>(s.other), p, p }); [[fallthrough]];
            case op::jump: i += static_cast<size_t>(static_cast<int64_t>(s.to)); break;
            case op::look: {
                const size_t kept = frames.size();
                size_t       ahead = p;
                is_met = runs(text, end, i + 1, ahead) != s.is_not;
                frames.resize(kept);
                i += static_cast<size_t>(s.to);
                break;
            }
            case op::end:
                is_met = p == end;
                i++;
                break;
            }
            steps += 1 + (p - from);
            if (steps > MOST_STEPS) throw std::runtime_error("the pre-tokenizer's pattern takes too long for this text");
            if (is_met) continue;
            if (frames.size() == bottom) return false;
            frame &f = frames.back();
            i = f.step;
            p = f.at;
            if (f.at > f.least) f.at--;
            else frames.pop_back();
        }
    }

  public:
    explicit pattern(const std::basic_string<Char> &text) : source(text) {
        part all = alternatives();
        if (is_more()) fail();
        code = std::move(all.code);
        code.push_back({ op::accept });
    }

    // The first match in [from, end).
    bool find(const Char *text, size_t from, size_t end, size_t &start, size_t &stop) {
        for (start = from; start <= end; start++) {
            stop = start;
            frames.clear();
            if (runs(text, end, 0, stop)) return true;
            // what follows the run was tried behind each of its characters: a later start has nothing new
            if (code[0].what == op::run && code[0].least <= 1 && code[0].most == NO_LIMIT)
                while (start + 1 < end && sets[code[0].set].has(code_of(text[start])) &&
                       sets[code[0].set].has(code_of(text[start + 1])))
                    start++;
        }
        return false;
    }
};

} // namespace xb

// Cuts each of the lengths in `offsets` where matches of `regex` begin and end, as a loop over std::regex_iterator.
template <typename Char>
std::vector<size_t> xb_pattern_split(const std::basic_string<Char> &text, const std::basic_string<Char> &regex,
                                     const std::vector<size_t> &offsets) {
    xb::pattern<Char>   expr(regex);
    std::vector<size_t> out;
    out.reserve(offsets.size());
    size_t start = 0, first, last;
    for (size_t offset : offsets) {
        const size_t end = start + offset;
        for (size_t at = start; at <= end && expr.find(text.data(), at, end, first, last);) {
            if (first > start) out.push_back(first - start);
            out.push_back(last - first);
            start = last;
            at = last > first ? last : last + 1; // an empty match is where it is once
        }
        if (start < end) out.push_back(end - start);
        start = end;
    }
    return out;
}
