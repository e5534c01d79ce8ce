/* chat/tools.h - calls of tools in the text of a model: each family writes them in its own way.
 *
 *     xb_tool_dialect d = xb_tool_dialect_detect(chat_template, size);
 *     XB_TRY(xb_tools_check(mem, definitions, size, err));            // the OpenAI form: a JSON array
 *     XB_TRY(xb_tool_reader_open(mem, d, &sink, &r, err));
 *     xb_tool_reader_feed(r, text, size);                             // sink.text and sink.call as it becomes certain
 *     xb_tool_reader_finish(r);
 *
 *     HERMES         <tool_call>{"name":..,"arguments":{..}}</tool_call>          Hermes, Qwen, SmolLM3
 *                    and Qwen 3's <tool_call><function=name><parameter=key>value</parameter>..</function></tool_call>
 *     LLAMA          {"name":..,"parameters":{..}}, also behind <|python_tag|>, several with ; between
 *     MISTRAL        [TOOL_CALLS][{"name":..,"arguments":{..},"id":..}], [TOOL_CALLS]name[ARGS]{..}
 *     DEEPSEEK       <|tool calls begin|><|tool call begin|>function<|tool sep|>name\n```json\n{..}\n```<|tool call end|>..,
 *                    in their own wide letters; V3.1: name<|tool sep|>{..}
 *     LFM2           <|tool_call_start|>[name(key='value'), ..]<|tool_call_end|>, or JSON between the two
 *     GEMMA4         <|tool_call>call:name{key:<|"|>text<|"|>,n:1}<tool_call|>
 *     FUNCTIONGEMMA  <start_function_call>call:name{key:<escape>text<escape>}<end_function_call>
 *     PHI            <|tool_call|>[{"name":..,"arguments":{..}}]<|/tool_call|>     Phi-4, Granite
 *     HARMONY        <|channel|>commentary to=functions.name <|constrain|>json<|message|>{..}<|call|>     gpt-oss
 *     JSON           an object or an array of objects as in LLAMA, and nothing before it
 *     KIMI           <|tool_calls_section_begin|><|tool_call_begin|>functions.name:0
 *                    <|tool_call_argument_begin|>{..}<|tool_call_end|>..<|tool_calls_section_end|>        Kimi K2
 *     GLM            <tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value>..</tool_call>    GLM 4.x, Ling 3, Laguna
 *     MINIMAX        <minimax:tool_call><invoke name="name"><parameter name="key">value</parameter>..</invoke>..    MiniMax M2
 *     TOOL_CALLS     <tool_calls>{"name":..,"arguments":{..}}..</tool_calls>, or an array of them       MiniMax M1, Apriel
 *     SEED           <seed:tool_call> around Qwen 3's form
 *     FUNCTIONARY31  <function=name>{..}</function>
 *     FUNCTIONARY    all\ntext>>>name\n{..}: the prompt ends in >>>                                     functionary v3.2
 *
 * Arguments come out as the text of a JSON object; where the model wrote JSON, its own text. A call ends where its brackets do,
 * so a mark inside a text does not end it, and a missing last mark is no fault. Marks and the blanks between calls are not text.
 * What begins as a call and is none is given as text, all of it, and told as a problem; in LLAMA (without its mark) and JSON an
 * object of another form is just text. A value in tags has no type: it is JSON where it reads as JSON that is no string, else
 * text. The result does not depend on how the text is cut. At most XB_MAX_CALL_BYTES are held. One thread at a time. */
#ifndef XB_TOOLS_H
#define XB_TOOLS_H

#include "base/str.h"

typedef enum xb_tool_dialect {
    XB_TOOLS_NONE, /* the template knows no tools: all is text */
    XB_TOOLS_HERMES,
    XB_TOOLS_LLAMA,
    XB_TOOLS_MISTRAL,
    XB_TOOLS_DEEPSEEK,
    XB_TOOLS_LFM2,
    XB_TOOLS_GEMMA4,
    XB_TOOLS_FUNCTIONGEMMA,
    XB_TOOLS_PHI,
    XB_TOOLS_HARMONY,
    XB_TOOLS_JSON,
    XB_TOOLS_KIMI,
    XB_TOOLS_GLM,
    XB_TOOLS_MINIMAX,
    XB_TOOLS_TOOL_CALLS,
    XB_TOOLS_SEED,
    XB_TOOLS_FUNCTIONARY31,
    XB_TOOLS_FUNCTIONARY,
    XB_TOOL_DIALECTS
} xb_tool_dialect;

/* From the marks in a chat template; JSON where there are none, but a variable `tools`. */
xb_tool_dialect xb_tool_dialect_detect(const char *chat_template, size_t size);
const char     *xb_tool_dialect_name(xb_tool_dialect d); /* "hermes" */
int xb_tool_dialect_marks_text(xb_tool_dialect d);       /* text has a mark, too: to be read even where there are no tools */

/* Definitions: an array of {"type":"function","function":{"name","description","parameters"}}; names of 1 to 64 letters, digits,
 * '_', '-' and '.', each once; parameters an object or absent. Errors: MALFORMED with the path of what is wrong. */
xybrid_status xb_tools_check(xb_mem *mem, const char *json, size_t size, xybrid_error *err);

typedef struct xb_tool_call { /* valid during the call of the sink */
    const char *id;           /* "call_0", ... where the model gave none */
    const char *name, *arguments;
    size_t      arguments_size;
} xb_tool_call;

typedef struct xb_tool_sink {
    void *ctx;
    void (*text)(void *ctx, const char *text, size_t size);
    void (*call)(void *ctx, const xb_tool_call *call);
    void (*problem)(void *ctx, const char *message); /* before the text of what is no call after all */
} xb_tool_sink;

typedef struct xb_tool_reader xb_tool_reader;

xybrid_status xb_tool_reader_open(xb_mem *mem, xb_tool_dialect d, const xb_tool_sink *sink, xb_tool_reader **out,
                                  xybrid_error *err);
void          xb_tool_reader_close(xb_tool_reader *r); /* NULL is fine */

/* Errors: OUT_OF_MEMORY, which stays. */
xybrid_status xb_tool_reader_feed(xb_tool_reader *r, const char *text, size_t size, xybrid_error *err);
xybrid_status xb_tool_reader_finish(xb_tool_reader *r, xybrid_error *err);

/* How a forced call begins and ends in this dialect, and its JSON Schema between the two (an object of one of the definitions'
 * names and arguments): for constrained output. Added to `schema`; prefix and suffix are constants. Errors: UNSUPPORTED_FORMAT
 * where a call is not JSON alone, as in LFM2 or KIMI; MALFORMED definitions; OUT_OF_MEMORY. */
xybrid_status xb_tools_schema(xb_mem *mem, xb_tool_dialect d, const char *definitions, size_t size, xb_str *schema,
                              const char **prefix, const char **suffix, xybrid_error *err);

#endif
