/* chat/tools.c - the dialects, which one a template speaks, and the definitions of tools. */
#include <string.h>

#include "base/error.h"
#include "chat/tools_int.h"

static const xb_call_tags qwen = { "<function=", ">", "<parameter=", ">", "", "</parameter>", "</function>" },
                          glm = { "", "", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", "</tool_call>" },
                          minimax = { "", "\">", "<parameter name=\"", "\">", "", "</parameter>", "</invoke>" };

const xb_dialect xb_dialects[XB_TOOL_DIALECTS] = {
    { .name = "none" },
    { .name = "hermes", .tags = &qwen, .marks = "<tool_call>\0</tool_call>\0" },
    { .name = "llama", .marks = "<|python_tag|>\0", .is_bare = 1, .is_sequence = 1 },
    { .name = "mistral", .name_ends = "[< ", .marks = "[TOOL_CALLS]\0" },
    { .name = "deepseek", /* U+FF5C at the ends of its marks, U+2581 between the words */
      .marks = "<\357\275\234tool\342\226\201calls\342\226\201begin\357\275\234>\0<"
               "\357\275\234tool\342\226\201call\342\226\201begin\357\275\234>\0<"
               "\357\275\234tool\342\226\201call\342\226\201end\357\275\234>\0<"
               "\357\275\234tool\342\226\201calls\342\226\201end\357\275\234>\0```\0",
      .is_second_begin = 1 },
    { .name = "lfm2", .syntax = XB_CALL_PYTHON, .marks = "<|tool_call_start|>\0<|tool_call_end|>\0" },
    { .name = "gemma4", .syntax = XB_CALL_GEMMA, .quote = "<|\"|>", .marks = "<|tool_call>\0<tool_call|>\0" },
    { .name = "functiongemma",
      .syntax = XB_CALL_GEMMA,
      .quote = "<escape>",
      .marks = "<start_function_call>\0<end_function_call>\0" },
    { .name = "phi", .marks = "<|tool_call|>\0<|/tool_call|>\0" },
    { .name = "harmony", .name_ends = "[< ", .marks = "<|channel|>commentary to=functions.\0<|call|>\0" },
    { .name = "json", .is_bare = 1, .is_sequence = 1 },
    { .name = "kimi",
      .name_ends = "<",
      .marks = "<|tool_calls_section_begin|>\0<|tool_call_begin|>\0<|tool_call_end|>\0<|tool_calls_section_end|>\0",
      .is_second_begin = 1 },
    { .name = "glm", .tags = &glm, .marks = "<tool_call>\0</tool_call>\0" },
    { .name = "minimax",
      .tags = &minimax,
      .marks = "<minimax:tool_call>\0<invoke name=\"\0</minimax:tool_call>\0",
      .is_second_begin = 1 },
    { .name = "tool_calls", .marks = "<tool_calls>\0</tool_calls>\0", .is_sequence = 1 },
    { .name = "seed", .tags = &qwen, .marks = "<seed:tool_call>\0</seed:tool_call>\0" },
    { .name = "functionary3.1", .name_ends = ">", .marks = "<function=\0</function>\0" },
    { .name = "functionary", .name_ends = "\n", .marks = ">>>\0", .is_open = 1 },
};

const char *xb_tool_dialect_name(xb_tool_dialect d) { return d < XB_TOOL_DIALECTS ? xb_dialects[d].name : ""; }
int         xb_tool_dialect_marks_text(xb_tool_dialect d) { return d < XB_TOOL_DIALECTS && xb_dialects[d].is_open; }

static int mentions(const char *text, size_t size, const char *word) {
    size_t n = strlen(word);
    for (; size >= n; text++, size--)
        if (*text == *word && memcmp(text, word, n) == 0) return 1;
    return 0;
}

xb_tool_dialect xb_tool_dialect_detect(const char *chat_template, size_t size) {
    static const struct {
        const char *word;
        uint8_t     dialect;
    } words[] = {
        { "<|tool_call_start|>", XB_TOOLS_LFM2 },
        { "<|tool_list_start|>", XB_TOOLS_LFM2 },
        { "<|tool_call>", XB_TOOLS_GEMMA4 },
        { "<start_function_", XB_TOOLS_FUNCTIONGEMMA },
        { "<\357\275\234tool\342\226\201", XB_TOOLS_DEEPSEEK },
        { "[TOOL_CALLS]", XB_TOOLS_MISTRAL },
        { "<|tool_calls_section_begin|>", XB_TOOLS_KIMI },
        { "<arg_key>", XB_TOOLS_GLM },
        { "<minimax:tool_call>", XB_TOOLS_MINIMAX },
        { "<seed:tool_call>", XB_TOOLS_SEED },
        { "<tool_calls>", XB_TOOLS_TOOL_CALLS },
        { "<tool_call>", XB_TOOLS_HERMES },
        { "<|tool_call|>", XB_TOOLS_PHI },
        { "<|channel|>", XB_TOOLS_HARMONY },
        { ">>>all", XB_TOOLS_FUNCTIONARY },
        { "<function=", XB_TOOLS_FUNCTIONARY31 },
        { "<|python_tag|>", XB_TOOLS_LLAMA },
        { "\"parameters\": dictionary of argument name", XB_TOOLS_LLAMA },
        { "tools", XB_TOOLS_JSON },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (mentions(chat_template, size, words[i].word)) return words[i].dialect;
    return XB_TOOLS_NONE;
}

xybrid_status xb_call_read(const xb_dialect *d, const char *body, size_t size, const xb_call_list *list, xybrid_error *err) {
    static const char separator[] = "<\357\275\234tool\342\226\201sep\357\275\234>";
    size_t            begin = 0, end = 0;
    while (end < size && body[end] != '{' && (body[end] != '[' || end > begin)) {
        if (end == begin && strchr(" \n\t\r", body[end])) begin++;
        end++;
    }
    const char *value = body + end;
    size_t      value_size = size - end;
    if (d->syntax == XB_CALL_GEMMA) return xb_call_read_loose(d, body, size, list, err);
    size_t tag = d->tags ? strlen(d->tags->name) : 0;
    if (d->tags && begin < end && size - begin > tag && memcmp(body + begin, d->tags->name, tag) == 0)
        return xb_call_read_tags(d->tags, body, size, list, err);
    if (d->syntax == XB_CALL_PYTHON) {
        size_t i = 1;
        while (i < value_size && strchr(" \n\t\r", value[i])) i++;
        int is_json = begin == end && value_size > 1 && (value[0] == '{' || value[i] == '{');
        if (!is_json) return xb_call_read_loose(d, body, size, list, err);
    }
    if (d == &xb_dialects[XB_TOOLS_DEEPSEEK]) {
        size_t n = sizeof separator - 1, at = begin;
        while (at + n <= end && memcmp(body + at, separator, n) != 0) at++;
        if (at + n > end) return xb_fail(err, XYBRID_MALFORMED, "tool call", "tool call: no separator behind the name");
        size_t name = at + n, name_end = name; /* function<sep>name\n```json, or name<sep> */
        while (name_end < end && !strchr("\n`", body[name_end])) name_end++;
        if (name_end > name) begin = name, end = name_end;
        else end = at;
    } else if (d->name_ends) {
        for (size_t at = begin; at < end; at++) /* name[CALL_ID]..[ARGS], name <|constrain|>json<|message|> */
            if (strchr(d->name_ends, body[at])) end = at;
    } else if (end > begin) return xb_fail(err, XYBRID_MALFORMED, "tool call", "tool call: text before the call");
    while (end > begin && strchr(" \n\t\r", body[end - 1])) end--;
    return xb_call_read_json(d, body + begin, end - begin, value, value_size, list, err);
}

/* ---- definitions ---- */

static int is_name(const char *name) {
    size_t n = 0;
    for (; name[n]; n++)
        if (!xb_is_call_name(name[n])) return 0;
    return n >= 1 && n <= 64;
}

static xybrid_status check_tool(const xb_json *tool, const xb_json *root, int64_t index, const xb_json **function,
                                const char **name, xybrid_error *err) {
    char           where[40];
    const char    *type, *before;
    size_t         size;
    const xb_json *ignored;
    xb_format(where, sizeof where, "tools[%d]", (int)index);
    if (!xb_json_is(tool, XB_JSON_OBJECT)) return xb_json_fail(tool, "", where, "an object", err);
    XB_TRY(xb_json_opt_string(tool, where, "type", "function", &type, err));
    if (strcmp(type, "function") != 0) return xb_json_fail(xb_json_get(tool, "type"), where, "type", "\"function\"", err);
    XB_TRY(xb_json_get_node(tool, where, "function", XB_JSON_OBJECT, function, err));
    xb_format(where, sizeof where, "tools[%d].function", (int)index);
    XB_TRY(xb_json_get_string(*function, where, "name", name, err));
    if (!is_name(*name))
        return xb_json_fail(xb_json_get(*function, "name"), where, "name", "1 to 64 letters, digits, '_', '-', '.'", err);
    XB_TRY(xb_json_opt_string(*function, where, "description", "", &before, err));
    XB_TRY(xb_json_opt_node(*function, where, "parameters", XB_JSON_OBJECT, &ignored, err));
    for (xb_json_iter it = xb_json_items(root); xb_json_next(&it) && it.index < index;) {
        if (xb_json_string(xb_json_get(xb_json_get(it.value, "function"), "name"), &before, &size) &&
            strcmp(before, *name) == 0)
            return xb_json_fail(xb_json_get(*function, "name"), where, "name", "a name that no other tool has", err);
    }
    return XYBRID_OK;
}

static xybrid_status parse_tools(xb_mem *mem, const char *json, size_t size, xb_json_doc **out, xybrid_error *err) {
    xb_json_doc *doc = NULL;
    XB_TRY(xb_json_parse(mem, json, (int64_t)size, XB_MAX_CALL_BYTES, &doc, err));
    const xb_json *root = xb_json_root(doc), *function;
    const char    *name;
    xybrid_status  st = XYBRID_OK;
    if (!xb_json_is(root, XB_JSON_ARRAY)) st = xb_json_fail(root, "", "tools", "an array", err);
    else if (xb_json_count(root) > XB_MAX_TOOLS)
        st = xb_fail(err, XYBRID_MALFORMED, "tools", "%lld tools, wanted at most %d", (long long)xb_json_count(root),
                     XB_MAX_TOOLS);
    for (xb_json_iter it = xb_json_items(root); st == XYBRID_OK && xb_json_next(&it);)
        st = check_tool(it.value, root, it.index, &function, &name, err);
    if (st != XYBRID_OK) xb_json_free(doc);
    else *out = doc;
    return st;
}

xybrid_status xb_tools_check(xb_mem *mem, const char *json, size_t size, xybrid_error *err) {
    xb_json_doc *doc = NULL;
    XB_TRY(parse_tools(mem, json, size, &doc, err));
    xb_json_free(doc);
    return XYBRID_OK;
}

/* ---- the form of a forced call ---- */

/* {"type":"object","properties":{"name":{"const":..},"arguments":{..}},"required":[..],"additionalProperties":false} */
static void write_form(xb_json_writer *w, const xb_json *function, const char *arguments) {
    const xb_json *parameters = xb_json_get(function, "parameters");
    xb_json_begin_object(w);
    xb_json_key(w, "type"), xb_json_put_string(w, "object");
    xb_json_key(w, "properties"), xb_json_begin_object(w);
    xb_json_key(w, "name"), xb_json_begin_object(w);
    xb_json_key(w, "const"), xb_json_put_value(w, xb_json_get(function, "name"));
    xb_json_end(w);
    xb_json_key(w, arguments);
    if (xb_json_count(parameters) > 0) xb_json_put_value(w, parameters);
    else xb_json_put_raw(w, "{\"type\":\"object\"}", 17);
    xb_json_end(w);
    xb_json_key(w, "required"), xb_json_begin_array(w);
    xb_json_put_string(w, "name"), xb_json_put_string(w, arguments);
    xb_json_end(w);
    xb_json_key(w, "additionalProperties"), xb_json_put_bool(w, 0);
    xb_json_end(w);
}

xybrid_status xb_tools_schema(xb_mem *mem, xb_tool_dialect d, const char *definitions, size_t size, xb_str *schema,
                              const char **prefix, const char **suffix, xybrid_error *err) {
    static const struct {
        const char *prefix, *suffix, *arguments;
    } forms[XB_TOOL_DIALECTS] = {
        [XB_TOOLS_HERMES] = { "<tool_call>\n", "\n</tool_call>", "arguments" },
        [XB_TOOLS_LLAMA] = { "", "", "parameters" },
        [XB_TOOLS_MISTRAL] = { "[TOOL_CALLS][", "]", "arguments" },
        [XB_TOOLS_PHI] = { "<|tool_call|>[", "]<|/tool_call|>", "arguments" },
        [XB_TOOLS_JSON] = { "", "", "arguments" },
    };
    xb_json_doc *doc = NULL;
    if (d >= XB_TOOL_DIALECTS || !forms[d].prefix)
        return xb_fail(err, XYBRID_UNSUPPORTED_FORMAT, "tools", "a call cannot be forced in the dialect \"%s\": it is not JSON",
                       xb_tool_dialect_name(d));
    XB_TRY(parse_tools(mem, definitions, size, &doc, err));
    xb_json_writer w;
    xb_json_writer_init(&w, schema, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "anyOf"), xb_json_begin_array(&w);
    for (xb_json_iter it = xb_json_items(xb_json_root(doc)); xb_json_next(&it);)
        write_form(&w, xb_json_get(it.value, "function"), forms[d].arguments);
    xb_json_end(&w);
    xb_json_end(&w);
    xb_json_free(doc);
    *prefix = forms[d].prefix;
    *suffix = forms[d].suffix;
    return xb_json_writer_status(&w, err);
}
