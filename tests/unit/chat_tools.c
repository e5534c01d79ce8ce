/* Calls of tools in each dialect, well made and badly, however they are cut; definitions; the form of a forced call. */
#include "answer_rig.h"
#include "base/limits.h"
#include "codec/json.h"

static void check(xb_tool_dialect d, const char *bytes, const char *wanted) {
    const xb_answer_options o = { .dialect = d };
    answer_check(&o, bytes, strlen(bytes), wanted);
}

/* What chat templates speak: file and dialect. */
static void detects(const char *folder, const char *const (*files)[2], size_t count, const char *missing) {
    for (size_t i = 0; i < count; i++) {
        char   path[1024];
        size_t size;
        snprintf(path, sizeof path, "%s/%s.jinja", folder, files[i][0]);
        char *text = xb_test_file_(path, &size);
        if (!text) CHECK_SKIP(missing);
        const char *found = xb_tool_dialect_name(xb_tool_dialect_detect(text, size));
        CHECK_STR(found, files[i][1]);
        if (strcmp(found, files[i][1]) != 0) printf("  in %s\n", path);
        free(text);
    }
}

static void detects_dialects(void) {
    static const char *const files[][2] = { { "NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "hermes" },
                                            { "Qwen-Qwen2.5-7B-Instruct", "hermes" },
                                            { "deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "deepseek" },
                                            { "google-gemma-2-2b-it", "none" },
                                            { "meta-llama-Llama-3.2-3B-Instruct", "llama" },
                                            { "microsoft-Phi-3.5-mini-instruct", "none" },
                                            { "mistralai-Mistral-Nemo-Instruct-2407", "mistral" },
                                            { "smollm3", "hermes" } };
    detects(XB_TEST_DATA "/chat-templates", files, sizeof files / sizeof files[0], "../shared/data/chat-templates");
}

static void detects_llama_cpps(void) {
    static const char *const files[][2] = { { "Apriel-1.6-15b-Thinker-fixed", "tool_calls" },
                                            { "ByteDance-Seed-OSS", "seed" },
                                            { "GLM-4.6", "glm" },
                                            { "GLM-4.7-Flash", "glm" },
                                            { "Kimi-K2-Instruct", "kimi" },
                                            { "Kimi-K2-Thinking", "kimi" },
                                            { "LFM2-8B-A1B", "lfm2" },
                                            { "MiniMax-M1", "tool_calls" },
                                            { "MiniMax-M2", "minimax" },
                                            { "Mistral-Small-3.2-24B-Instruct-2506", "mistral" },
                                            { "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "hermes" },
                                            { "Qwen3-Coder", "hermes" },
                                            { "Qwen3.5-4B", "hermes" },
                                            { "deepseek-ai-DeepSeek-V3.1", "deepseek" },
                                            { "google-gemma-4-31B-it", "gemma4" },
                                            { "ibm-granite-granite-4.0", "hermes" },
                                            { "inclusionai-ling-3.0-flash", "glm" },
                                            { "llama-cpp-rwkv-world", "none" },
                                            { "meetkai-functionary-medium-v3.1", "functionary3.1" },
                                            { "meetkai-functionary-medium-v3.2", "functionary" },
                                            { "meta-llama-Llama-3.3-70B-Instruct", "llama" },
                                            { "moonshotai-Kimi-K2", "kimi" },
                                            { "openai-gpt-oss-120b", "harmony" },
                                            { "poolside-Laguna-XS.2", "glm" },
                                            { "unsloth-mistral-Devstral-Small-2507", "mistral" } };
    detects(XB_TEST_SOURCE "/build/deps/llama-tests/templates", files, sizeof files / sizeof files[0],
            "no build/deps/llama-tests (scripts/setup test)");
}

static void detects_marks(void) {
    static const struct {
        const char     *text;
        xb_tool_dialect dialect;
    } texts[] = { { "'<|tool_call_start|>[' + name", XB_TOOLS_LFM2 },
                  { "List of tools: <|tool_list_start|>", XB_TOOLS_LFM2 },
                  { "'<|tool_call>call:' + name", XB_TOOLS_GEMMA4 },
                  { "<start_function_declaration>", XB_TOOLS_FUNCTIONGEMMA },
                  { "<|tool_call|>", XB_TOOLS_PHI },
                  { "{% if tools %}<|channel|>final", XB_TOOLS_HARMONY },
                  { "<|tool_calls_section_begin|>", XB_TOOLS_KIMI },
                  { "<tool_call>{function-name}<arg_key>", XB_TOOLS_GLM },
                  { "<minimax:tool_call>", XB_TOOLS_MINIMAX },
                  { "<seed:tool_call>\n<function=", XB_TOOLS_SEED },
                  { "<tool_calls>[", XB_TOOLS_TOOL_CALLS },
                  { "'>>>all\n' + content", XB_TOOLS_FUNCTIONARY },
                  { "'<function=' + name + '>'", XB_TOOLS_FUNCTIONARY31 },
                  { "{% if tools %}", XB_TOOLS_JSON },
                  { "{{ messages }}", XB_TOOLS_NONE },
                  { "", XB_TOOLS_NONE } };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CHECK_INT(xb_tool_dialect_detect(texts[i].text, strlen(texts[i].text)), texts[i].dialect);
}

static void reads_hermes(void) {
    check(XB_TOOLS_HERMES, "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>",
          "call_0:weather{\"city\": \"Oslo\"}");
    check(XB_TOOLS_HERMES,
          "Let me look.\n<tool_call>{\"arguments\":{\"n\":1.50,\"big\":12345678901234567890},\"name\":\"f\"}</tool_call>",
          "text{Let me look.\n}call_0:f{\"n\":1.50,\"big\":12345678901234567890}");
    check(XB_TOOLS_HERMES,
          "<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"b\",\"arguments\":null}</"
          "tool_call>\nDone.",
          "call_0:a{}call_1:b{}text{Done.}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\",\"arguments\":{}}", "call_0:a{}"); /* the last mark is missing */
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\"}</tool_call>", "call_0:a{}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\",\"arguments\":\"{\\\"x\\\":1}\"}</tool_call>", "call_0:a{\"x\":1}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"id\":\"x9\",\"function\":{\"name\":\"a\",\"arguments\":{\"x\":[1,{}]}}}</tool_call>",
          "x9:a{\"x\":[1,{}]}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\",\"arguments\":{\"s\":\"</tool_call> } \\\" {\"}}</tool_call>",
          "call_0:a{\"s\":\"</tool_call> } \\\" {\"}");
    check(XB_TOOLS_HERMES, "<think>I call <tool_call></think><tool_call>{\"name\":\"a\"}</tool_call>",
          "reasoning{I call <tool_call>}call_0:a{}");
    check(XB_TOOLS_NONE, "<tool_call>{\"name\":\"a\"}</tool_call>", "text{<tool_call>{\"name\":\"a\"}</tool_call>}");
}

static void reads_qwens_xml(void) {
    check(
        XB_TOOLS_HERMES,
        "<tool_call>\n<function=write>\n<parameter=path>\n/tmp/a \"b\"\n</parameter>\n<parameter=lines>\n[1, 2]\n</parameter>\n"
        "<parameter=text>\nif (a < b) {\n  x\n</parameter>\n</function>\n</tool_call>",
        "call_0:write{\"path\":\"/tmp/a \\\"b\\\"\",\"lines\":[1, 2],\"text\":\"if (a < b) {\\n  x\"}");
    check(XB_TOOLS_HERMES, "<tool_call><function=f></function></tool_call>ok", "call_0:f{}text{ok}");
    check(XB_TOOLS_HERMES, "<tool_call><function=f><parameter=a>1</function>",
          "problem{tool call: the answer ends within it}text{<tool_call><function=f><parameter=a>1</function>}");
    check(XB_TOOLS_HERMES, "<tool_call><function=f><parameter=a>x</function></parameter></function></tool_call>",
          "call_0:f{\"a\":\"x</function>\"}");
}

static void reads_llama(void) {
    check(XB_TOOLS_LLAMA, "{\"name\": \"f\", \"parameters\": {\"a\": \"b\"}}", "call_0:f{\"a\": \"b\"}");
    check(XB_TOOLS_LLAMA, " {\"type\":\"function\",\"name\":\"f\",\"parameters\":{}}; {\"name\":\"g\",\"parameters\":{}}",
          "call_0:f{}call_1:g{}");
    check(XB_TOOLS_LLAMA, "<|python_tag|>{\"name\":\"f\",\"parameters\":{\"a\":1}}", "call_0:f{\"a\":1}");
    check(XB_TOOLS_LLAMA, "{\"name\": \"Bob\"}", "text{{\"name\": \"Bob\"}}"); /* an answer in JSON */
    check(XB_TOOLS_LLAMA, " \n{\"a\": 1} and more", "text{ \n{\"a\": 1} and more}");
    check(XB_TOOLS_LLAMA, "Use {\"name\":\"f\",\"parameters\":{}}", "text{Use {\"name\":\"f\",\"parameters\":{}}}");
    check(XB_TOOLS_LLAMA, "{not JSON", "text{{not JSON}");
    check(XB_TOOLS_LLAMA, "  ", "text{  }");
    check(XB_TOOLS_LLAMA, "<|python_tag|>print(1)",
          "problem{tool call: the answer ends within it}text{<|python_tag|>print(1)}");
    check(XB_TOOLS_JSON, "[{\"name\":\"f\",\"arguments\":{\"a\":1}},{\"name\":\"g\",\"arguments\":{}}]",
          "call_0:f{\"a\":1}call_1:g{}");
    check(XB_TOOLS_JSON, "[1, 2]", "text{[1, 2]}");
    check(XB_TOOLS_JSON, "[]", "text{[]}");
}

static void reads_mistral(void) {
    check(XB_TOOLS_MISTRAL, "[TOOL_CALLS][{\"name\": \"f\", \"arguments\": {\"a\": 1}, \"id\": \"abcdefgh9\"}]",
          "abcdefgh9:f{\"a\": 1}");
    check(XB_TOOLS_MISTRAL, "[TOOL_CALLS] [{\"name\":\"f\",\"arguments\":{}}, {\"name\":\"g\",\"arguments\":{}}] ",
          "call_0:f{}call_1:g{}");
    check(XB_TOOLS_MISTRAL, "Hm. [TOOL_CALLS]f[ARGS]{\"a\":[1]}[TOOL_CALLS]g[CALL_ID]xyz[ARGS]{}",
          "text{Hm. }call_0:f{\"a\":[1]}call_1:g{}");
    check(XB_TOOLS_MISTRAL, "[TOOL_CALLS]f{\"a\":1}", "call_0:f{\"a\":1}");
    check(XB_TOOLS_MISTRAL, "a[0] [TOOL", "text{a[0] [TOOL}");
}

#define BAR       "\xEF\xBD\x9C"
#define GAP       "\xE2\x96\x81"
#define CALLS     "<" BAR "tool" GAP "calls" GAP "begin" BAR ">"
#define CALL      "<" BAR "tool" GAP "call" GAP "begin" BAR ">"
#define SEP       "<" BAR "tool" GAP "sep" BAR ">"
#define CALL_END  "<" BAR "tool" GAP "call" GAP "end" BAR ">"
#define CALLS_END "<" BAR "tool" GAP "calls" GAP "end" BAR ">"

static void reads_deepseek(void) {
    check(XB_TOOLS_DEEPSEEK,
          CALLS CALL "function" SEP "f\n```json\n{\"a\": \"\xE2\x82\xAC\"}\n```" CALL_END "\n" CALL "function" SEP
                     "g\n```json\n{}\n```" CALL_END CALLS_END,
          "call_0:f{\"a\": \"\xE2\x82\xAC\"}call_1:g{}");
    check(XB_TOOLS_DEEPSEEK, "Hm." CALLS CALL "f" SEP "{\"a\":1}" CALL_END CALL "g" SEP "{}" CALL_END CALLS_END,
          "text{Hm.}call_0:f{\"a\":1}call_1:g{}");
    check(XB_TOOLS_DEEPSEEK, "<" BAR "tool" GAP "x", "text{<" BAR "tool" GAP "x}");
    check(XB_TOOLS_DEEPSEEK, CALLS CALL "{}", "problem{tool call: no separator behind the name}text{" CALLS CALL "{}}");
}

static void reads_lfm2(void) {
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[weather(city=\"Oslo\", days=3)]<|tool_call_end|>Looking.",
          "call_0:weather{\"city\":\"Oslo\",\"days\":3}text{Looking.}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[f(a='it\\'s )', b=[True, None, -1.5e3], c={'x': (1, 2)}), g()]<|tool_call_end|>",
          "call_0:f{\"a\":\"it's )\",\"b\":[true,null,-1.5e3],\"c\":{\"x\":[1,2]}}call_1:g{}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[echo(s='<|tool_call_end|>')]<|tool_call_end|>",
          "call_0:echo{\"s\":\"<|tool_call_end|>\"}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>f(a=1)<|tool_call_end|>", "call_0:f{\"a\":1}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]<|tool_call_end|>",
          "call_0:f{\"a\": 1}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[f(a='\\u20ac\\n\\q')]<|tool_call_end|>",
          "call_0:f{\"a\":\"\xE2\x82\xAC\\n\\\\q\"}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[f(a='\\ud83d\\ude00')]", "call_0:f{\"a\":\"\xF0\x9F\x98\x80\"}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[f(a=oslo)]<|tool_call_end|>",
          "problem{tool call: not understood: \"f(a=oslo)]\"}text{<|tool_call_start|>[f(a=oslo)]<|tool_call_end|>}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[f(1)]",
          "problem{tool call: not understood: \"f(1)]\"}text{<|tool_call_start|>[f(1)]}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[f(a=1), g(]",
          "problem{tool call: the answer ends within it}text{<|tool_call_start|>[f(a=1), g(]}");
    check(XB_TOOLS_LFM2, "<|tool_call_start|>[f(a=1), 3]",
          "problem{tool call: not understood: \" 3]\"}text{<|tool_call_start|>[f(a=1), 3]}");
}

static void reads_gemma(void) {
    check(XB_TOOLS_GEMMA4, "<|tool_call>call:weather{city:<|\"|>Oslo, \"}\" {<|\"|>,days:3,now:true}<tool_call|>",
          "call_0:weather{\"city\":\"Oslo, \\\"}\\\" {\",\"days\":3,\"now\":true}");
    check(XB_TOOLS_GEMMA4,
          "<|channel>thought\nHm<channel|><|tool_call>call:f{}<tool_call|><|tool_call>call:g{a:[1,{b:null}],c:\"d\\n\"}<tool_"
          "call|>",
          "reasoning{Hm}call_0:f{}call_1:g{\"a\":[1,{\"b\":null}],\"c\":\"d\\n\"}");
    check(XB_TOOLS_GEMMA4, "<|tool_call>call:f{a:<|\"|><|\"|>,b:left bare, <|\"|>c<|\"|>:1}<tool_call|>",
          "call_0:f{\"a\":\"\",\"b\":\"left bare\",\"c\":1}");
    check(XB_TOOLS_GEMMA4, "<|tool_call>call f{}<tool_call|>", "call_0:f{}");
    check(XB_TOOLS_GEMMA4, "<|tool_call>{}<tool_call|>",
          "problem{tool call: not understood: \"{}\"}text{<|tool_call>{}<tool_call|>}");
    check(XB_TOOLS_GEMMA4, "<|tool_call>call:f{a:<|\"|>never",
          "problem{tool call: the answer ends within it}text{<|tool_call>call:f{a:<|\"|>never}");
    check(XB_TOOLS_FUNCTIONGEMMA, "<start_function_call>call:f{a:<escape>b}<escape>,n:-1}<end_function_call>",
          "call_0:f{\"a\":\"b}\",\"n\":-1}");
    check(
        XB_TOOLS_FUNCTIONGEMMA,
        "<start_function_call>call f{a:<escape>x<escape>}\n<end_function_call><start_function_call>call:g{}<end_function_call>",
        "call_0:f{\"a\":\"x\"}call_1:g{}");
    check(XB_TOOLS_PHI, "<|tool_call|>[{\"name\":\"f\",\"arguments\":{\"a\":1}}]<|/tool_call|>", "call_0:f{\"a\":1}");
}

static void reads_harmony(void) {
    const xb_answer_options o = { .dialect = XB_TOOLS_HARMONY, .prompt = "<|start|>assistant", .prompt_bytes = 18 };
    const char *bytes = "<|channel|>analysis<|message|>Need it.<|end|><|start|>assistant<|channel|>commentary to=functions.f "
                        "<|constrain|>json<|message|>{\"a\":1}<|call|>";
    answer_check(&o, bytes, strlen(bytes), "reasoning{Need it.}call_0:f{\"a\":1}");
    bytes = "<|channel|>commentary<|message|>First.<|end|><|start|>assistant<|channel|>commentary to=functions.g<|message|>{}";
    answer_check(&o, bytes, strlen(bytes), "text{First.}call_0:g{}");
    bytes = "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|> It is <|channel|>.";
    answer_check(&o, bytes, strlen(bytes), "reasoning{a}text{ It is <|channel|>.}");
}

#define SECTION     "<|tool_calls_section_begin|>"
#define KIMI(id)    "<|tool_call_begin|>" id "<|tool_call_argument_begin|>"
#define SECTION_END "<|tool_call_end|><|tool_calls_section_end|>"

static void reads_kimi(void) {
    check(XB_TOOLS_KIMI, SECTION KIMI("functions.f:0") "{\"arg1\": 1}" SECTION_END, "functions.f:0:f{\"arg1\": 1}");
    check(XB_TOOLS_KIMI,
          "<think>Hm</think>Hi" SECTION KIMI("functions.f:0") "{}<|tool_call_end|>" KIMI(
              "functions.a.b:12") "{\"s\": \"<|tool_call_end|>\"}" SECTION_END "Done.",
          "reasoning{Hm}text{Hi}functions.f:0:f{}functions.a.b:12:a.b{\"s\": \"<|tool_call_end|>\"}text{Done.}");
    check(XB_TOOLS_KIMI, KIMI("functions.f:0") "{}" KIMI("g") "{}", "functions.f:0:f{}g:g{}"); /* without the other marks */
    check(XB_TOOLS_KIMI, SECTION KIMI("functions.:0") "{}<|tool_call_end|>",
          "problem{tool call: a call has no name}text{" SECTION KIMI("functions.:0") "{}<|tool_call_end|>}");
}

static void reads_glm(void) {
    check(XB_TOOLS_GLM, "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>\n</tool_call>", "call_0:f{\"a\":1}");
    check(XB_TOOLS_GLM,
          "Hi<tool_call>f<arg_key>a b</arg_key><arg_value> \"x\" "
          "</tool_call>\n</arg_value></tool_call>\n<tool_call>g</tool_call>ok",
          "text{Hi}call_0:f{\"a b\":\" \\\"x\\\" </tool_call>\"}call_1:g{}text{ok}");
    check(XB_TOOLS_GLM,
          "<tool_call>f<arg_key>a</arg_key><arg_value>{\"b\": [1, "
          "true]}</arg_value><arg_key>c</arg_key><arg_value>null</arg_value></tool_call>",
          "call_0:f{\"a\":{\"b\": [1, true]},\"c\":null}");
    check(XB_TOOLS_GLM, "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>", "call_0:f{}");
    check(XB_TOOLS_GLM, "<tool_call>f<arg_key>a</arg_key></tool_call>",
          "problem{tool call: the answer ends within it}text{<tool_call>f<arg_key>a</arg_key></tool_call>}");
    check(XB_TOOLS_GLM, "<tool_call>f<arg_key>a</arg_key><arg_key></arg_value></tool_call>",
          "problem{tool call: not understood: "
          "\"f<arg_key>a</arg_key><arg_key></arg_value></tool_call>\"}text{<tool_call>f<arg_key>a</arg_key><arg_key></"
          "arg_value></tool_call>}");
}

static void reads_minimax(void) {
    check(XB_TOOLS_MINIMAX,
          "<think>Hm\n</think>\n\n<minimax:tool_call>\n<invoke name=\"f\">\n<parameter name=\"a\">1</parameter>\n<parameter "
          "name=\"b\">"
          "</invoke> \"</parameter>\n</invoke>\n<invoke name=\"g\">\n</invoke>\n</minimax:tool_call>Done.",
          "reasoning{Hm}call_0:f{\"a\":1,\"b\":\"</invoke> \\\"\"}call_1:g{}text{Done.}");
    check(XB_TOOLS_MINIMAX, "<minimax:tool_call></minimax:tool_call>",
          "problem{tool call: nothing between its marks}text{<minimax:tool_call></minimax:tool_call>}");
    check(XB_TOOLS_MINIMAX, "<invoke name=\"f\"></invoke",
          "problem{tool call: the answer ends within it}text{<invoke name=\"f\"></invoke}");
    check(
        XB_TOOLS_TOOL_CALLS,
        "<tool_calls>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n{\"name\": \"g\", \"arguments\": {}}\n</tool_calls>Hi {}",
        "call_0:f{\"a\": 1}call_1:g{}text{Hi {}}");
    check(XB_TOOLS_TOOL_CALLS,
          "<tool_calls>[{\"name\":\"f\",\"arguments\":{},\"id\":\"x\"},{\"name\":\"g\",\"arguments\":{}}]</tool_calls>",
          "x:f{}call_1:g{}");
    check(XB_TOOLS_SEED, "<seed:tool_call>\n<function=f>\n<parameter=a>x</parameter>\n</function>\n</seed:tool_call>",
          "call_0:f{\"a\":\"x\"}");
}

static void reads_functionary(void) {
    check(XB_TOOLS_FUNCTIONARY31, "Hm <function=f>{\"arg1\": 1}</function><function=g>{}</function>",
          "text{Hm }call_0:f{\"arg1\": 1}call_1:g{}");
    check(XB_TOOLS_FUNCTIONARY31, "<function=f g>{}</function>",
          "problem{tool call: a name with blanks}text{<function=f g>{}</function>}");
    check(XB_TOOLS_FUNCTIONARY, "all\nHello, world!\nWhat's up?", "text{Hello, world!\nWhat's up?}");
    check(XB_TOOLS_FUNCTIONARY, "f\n{\"arg1\": 1}", "call_0:f{\"arg1\": 1}");
    check(XB_TOOLS_FUNCTIONARY, "all\nLet me see.>>>f\n{\"a\": \">>>g\"}>>>g\n{}\n>>>all\nDone.",
          "text{Let me see.}call_0:f{\"a\": \">>>g\"}call_1:g{}text{Done.}");
    check(XB_TOOLS_FUNCTIONARY, ">>>all\nx", "text{x}"); /* whose prompt did not end in the mark */
    check(XB_TOOLS_FUNCTIONARY, "all\n>>> print(1)\n>>>x = 2\n1 >> 2", "text{>>> print(1)\n>>>x = 2\n1 >> 2}");
    check(XB_TOOLS_FUNCTIONARY, "Hello>>>f\n{}", "text{Hello}call_0:f{}");
    check(XB_TOOLS_FUNCTIONARY, "{\"name\":\"f\",\"arguments\":{}}", "text{{\"name\":\"f\",\"arguments\":{}}}");
    check(XB_TOOLS_FUNCTIONARY, "Yes", "text{Yes}");
    check(XB_TOOLS_FUNCTIONARY, "all\nx>>>f\n{1}",
          "text{x}problem{JSON: unexpected character, expected a string for object key at line 1, column 2}text{>>>f\n{1}}");
}

static void gives_what_is_no_call_as_text(void) {
    check(XB_TOOLS_HERMES, "a <tool_calls> b <tool_cal", "text{a <tool_calls> b <tool_cal}");
    check(XB_TOOLS_HERMES, "</tool_call> alone", "text{</tool_call> alone}");
    check(XB_TOOLS_HERMES, "<tool_call></tool_call>x",
          "problem{tool call: nothing between its marks}text{<tool_call></tool_call>x}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":1}</tool_call>x",
          "problem{tool call: a call has no name}text{<tool_call>{\"name\":1}</tool_call>x}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\",\"arguments\":[]}</tool_call>",
          "problem{tool call: arguments are no object}text{<tool_call>{\"name\":\"a\",\"arguments\":[]}</tool_call>}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\",}</tool_call>",
          "problem{JSON: trailing comma is not allowed at line 1, column 12}text{<tool_call>{\"name\":\"a\",}</tool_call>}");
    check(XB_TOOLS_HERMES, "<tool_call>hm <tool_call>{\"name\":\"a\"}</tool_call>",
          "problem{tool call: no call behind its mark}text{<tool_call>hm }call_0:a{}");
    check(XB_TOOLS_HERMES, "<tool_call>hm {\"name\":\"a\"}</tool_call>",
          "problem{tool call: text before the call}text{<tool_call>hm {\"name\":\"a\"}</tool_call>}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\"}</tool_call> <b>", "call_0:a{}text{<b>}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\"} </tool", "call_0:a{}text{</tool}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\", \"arg\\u0075ments\":{}}</tool_call>",
          "problem{tool call: a name is written with escapes}text{<tool_call>{\"name\":\"a\", "
          "\"arg\\u0075ments\":{}}</tool_call>}");
    check(XB_TOOLS_HERMES, "<tool_call>{\"name\":\"a\",\"arguments\":{\"x\":1},\"arguments\":{\"x\":2}}</tool_call>",
          "call_0:a{\"x\":2}");
}

/* Random parts: the same however cut, and no letter lost that is outside of a call. */
static void cuts_do_not_matter(void) {
    static char all[] =
        "<tool_call>~</tool_call>~{\"name\":\"f\",\"arguments\":{\"a\":[1]}}~{~}~[~]~(~)~\"~'~\\~=~:~,~"
        "call:f~f(a=1)~[f(a='b')]~<|tool_call_start|>~<|tool_call_end|>~<|tool_call>~<tool_call|>~<|\"|>~<|tool_call|>~"
        "<start_function_call>~<escape>~<end_function_call>~[TOOL_CALLS]~[ARGS]~<|python_tag|>~;~\n~ ~x~<think>~</think>~"
        "<function=f>~<parameter=a>~</parameter>~</function>~\xE2\x82\xAC~\xFF~<~call:f{a:1}~<arg_key>~</arg_key>~<arg_value>~"
        "</arg_value>~<minimax:tool_call>~<invoke name=\"f\">~<parameter name=\"a\">~</invoke>~<tool_calls>~<seed:tool_call>~"
        "<function=f>{}~>>>~>>>f\n~all\n~<|tool_call_end|>~" CALLS "~" CALL "~" SEP "~" CALL_END "~" CALLS_END "~" SECTION
        "~" KIMI("functions.f:0");
    const char *parts[80];
    uint32_t    count = 0;
    for (char *p = strtok(all, "~"); p; p = strtok(NULL, "~")) parts[count++] = p;
    CHECK_INT(count, 66);
    for (int round = 0; round < CHECK_ROUNDS(20000); round++) {
        char                    bytes[1024];
        xb_test_mem             tm;
        xybrid_error            err;
        xb_str                  first, second;
        const xb_answer_options o = { .dialect = (xb_tool_dialect)(round % XB_TOOL_DIALECTS) };
        bytes[0] = 0;
        for (uint32_t i = 1 + answer_below(16); i > 0; i--) strcat(bytes, parts[answer_below(count)]);
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(answer_run(&tm.mem, &o, bytes, strlen(bytes), 0, &first, &err), XYBRID_OK);
        CHECK_INT(answer_run(&tm.mem, &o, bytes, strlen(bytes), 1 + answer_below(9), &second, &err), XYBRID_OK);
        int is_same = strcmp(second.data, first.data) == 0;
        CHECK_STR(second.data, first.data);
        xb_str_free(&first), xb_str_free(&second);
        CHECK_INT(tm.live_blocks, 0);
        if (!is_same) return;
    }
}

static void keeps_limits(void) {
    static char             bytes[XB_MAX_CALL_BYTES + 4000];
    xb_test_mem             tm;
    xybrid_error            err;
    xb_str                  out;
    const xb_answer_options hermes = { .dialect = XB_TOOLS_HERMES }, lfm2 = { .dialect = XB_TOOLS_LFM2 };
    xb_test_mem_init(&tm, 0, 0);
    memset(bytes, '[', sizeof bytes);
    memcpy(bytes, "<tool_call>", 11); /* never closed */
    CHECK_INT(answer_run(&tm.mem, &hermes, bytes, sizeof bytes, 5000, &out, &err), XYBRID_OK);
    CHECK(strncmp(out.data, "problem{tool call: longer than a call may be}text{<tool_call>[[", 62) == 0);
    CHECK_INT(out.size, sizeof bytes + 51);
    xb_str_free(&out);
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "<tool_call>", 11); /* no bracket */
    CHECK_INT(answer_run(&tm.mem, &hermes, bytes, 2000, 50, &out, &err), XYBRID_OK);
    CHECK(strncmp(out.data, "problem{tool call: no call behind its mark}text{<tool_call>xxx", 62) == 0);
    CHECK_INT(out.size, 2000 + 49);
    xb_str_free(&out);
    for (int python = 0; python < 2; python++) { /* nested too deep */
        size_t n = (size_t)sprintf(bytes, "%s",
                                   python ? "<|tool_call_start|>[f(a=" : "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":");
        memset(bytes + n, '[', 500);
        memset(bytes + n + 500, ']', 500);
        sprintf(bytes + n + 1000, "%s", python ? ")]" : "}}");
        CHECK_INT(answer_run(&tm.mem, python ? &lfm2 : &hermes, bytes, strlen(bytes), 50, &out, &err), XYBRID_OK);
        CHECK(strncmp(out.data, "problem{", 8) == 0);
        xb_str_free(&out);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void survives_lack_of_memory(void) {
    static const char *const     stops[] = { "STOP" };
    static const char            hermes[] = "<think>a</think>Hi <tool_call>{\"name\":\"f\",\"arguments\":{\"a\":1}}</tool_call>"
                                            "<tool_call>{\"name\":\"f\",\"arguments\":\"{}\"}";
    static const char *const     bytes[] = { hermes, "<|tool_call_start|>[f(a='b', c=[1]), g()]<|tool_call_end|>x",
                                             "<tool_call><function=f><parameter=a>1</parameter></function></tool_call>",
                                             "[TOOL_CALLS]f[ARGS]{\"a\":1}" };
    static const xb_tool_dialect dialects[] = { XB_TOOLS_HERMES, XB_TOOLS_LFM2, XB_TOOLS_HERMES, XB_TOOLS_MISTRAL };
    for (int i = 0; i < 4; i++) {
        xb_test_mem tm;
        XB_TORTURE (tm, 200) {
            xb_str                  out;
            xybrid_error            err;
            const xb_answer_options o = { .stops = stops, .stop_count = 1, .dialect = dialects[i] };
            xybrid_status           st = answer_run(&tm.mem, &o, bytes[i], strlen(bytes[i]), 7, &out, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_str_free(&out);
        }
    }
}

/* ---- definitions ---- */

static void checks_definitions(void) {
    static const struct {
        const char *json, *message;
    } cases[] = {
        { "[]", NULL },
        { "[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"description\":\"d\",\"parameters\":{\"type\":"
          "\"object\"}}}]",
          NULL },
        { "[{\"function\":{\"name\":\"f.1-x\"}}]", NULL },
        { "{}", "tools is an object, wanted an array" },
        { "[1]", "tools[0] is 1, wanted an object" },
        { "[{\"type\":\"web\",\"function\":{\"name\":\"f\"}}]", "tools[0].type is \"web\", wanted \"function\"" },
        { "[{\"name\":\"f\"}]", "tools[0].function is missing, wanted an object" },
        { "[{\"function\":{\"name\":\"a b\"}}]",
          "tools[0].function.name is \"a b\", wanted 1 to 64 letters, digits, '_', '-', '.'" },
        { "[{\"function\":{\"name\":\"\"}}]", "tools[0].function.name is \"\", wanted 1 to 64 letters, digits, '_', '-', '.'" },
        { "[{\"function\":{\"name\":\"f\",\"parameters\":[]}}]",
          "tools[0].function.parameters is an array of 0, wanted an object" },
        { "[{\"function\":{\"name\":\"f\"}},{\"function\":{\"name\":\"f\"}}]",
          "tools[1].function.name is \"f\", wanted a name that no other tool has" },
        { "[", "JSON: unexpected end of data at line 1, column 2" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        xb_test_mem  tm;
        xybrid_error err;
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(xb_tools_check(&tm.mem, cases[i].json, strlen(cases[i].json), &err),
                  cases[i].message ? XYBRID_MALFORMED : XYBRID_OK);
        if (cases[i].message) CHECK_STR(err.message, cases[i].message);
        CHECK_INT(tm.live_blocks, 0);
    }
}

static void forms_a_forced_call(void) {
    static const char tools[] =
        "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":"
        "{\"a\":{\"enum\":[1,2.5,\"x\",null,true]}}}}},{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]";
    static const char wanted[] =
        "{\"anyOf\":[{\"type\":\"object\",\"properties\":{\"name\":{\"const\":\"f\"},\"arguments\":{\"type\":\"object\","
        "\"properties\":"
        "{\"a\":{\"enum\":[1,2.5,\"x\",null,true]}}}},\"required\":[\"name\",\"arguments\"],\"additionalProperties\":false},"
        "{\"type\":\"object\",\"properties\":{\"name\":{\"const\":\"g\"},\"arguments\":{\"type\":\"object\"}},"
        "\"required\":[\"name\",\"arguments\"],\"additionalProperties\":false}]}";
    const char  *prefix = "?", *suffix = "?";
    xb_test_mem  tm;
    xybrid_error err;
    xb_str       out;
    XB_TORTURE (tm, 50) {
        xb_str_init(&out, &tm.mem, 1 << 16);
        xybrid_status st = xb_tools_schema(&tm.mem, XB_TOOLS_HERMES, tools, sizeof tools - 1, &out, &prefix, &suffix, &err);
        XB_TORTURE_STATUS(tm, st);
        if (st == XYBRID_OK) CHECK_STR(out.data, wanted);
        xb_str_free(&out);
    }
    CHECK_STR(prefix, "<tool_call>\n");
    CHECK_STR(suffix, "\n</tool_call>");
    xb_test_mem_init(&tm, 0, 0);
    xb_str_init(&out, &tm.mem, 1 << 16);
    CHECK_INT(xb_tools_schema(&tm.mem, XB_TOOLS_LLAMA, tools, sizeof tools - 1, &out, &prefix, &suffix, &err), XYBRID_OK);
    CHECK(strstr(out.data, "\"required\":[\"name\",\"parameters\"]") != NULL);
    CHECK_INT(xb_tools_schema(&tm.mem, XB_TOOLS_LFM2, tools, sizeof tools - 1, &out, &prefix, &suffix, &err),
              XYBRID_UNSUPPORTED_FORMAT);
    CHECK_STR(err.message, "a call cannot be forced in the dialect \"lfm2\": it is not JSON");
    xb_str_free(&out);
}

CHECK_MAIN(RUN(detects_dialects), RUN(detects_llama_cpps), RUN(detects_marks), RUN(reads_hermes), RUN(reads_qwens_xml),
           RUN(reads_llama), RUN(reads_mistral), RUN(reads_deepseek), RUN(reads_lfm2), RUN(reads_gemma), RUN(reads_harmony),
           RUN(reads_kimi), RUN(reads_glm), RUN(reads_minimax), RUN(reads_functionary), RUN(gives_what_is_no_call_as_text),
           RUN(cuts_do_not_matter), RUN(keeps_limits), RUN(survives_lack_of_memory), RUN(checks_definitions),
           RUN(forms_a_forced_call))
