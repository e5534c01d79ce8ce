/* flow/espeak.c - see espeak.h. */
#include "flow/espeak.h"

#include <string.h>

#include "base/error.h"
#include "plat/dynlib.h"
#include "plat/thread.h"

/* Of speak_lib.h. Without DONT_EXIT a missing data folder would end the process. */
enum { AUDIO_OUTPUT_RETRIEVAL = 1, INITIALIZE_DONT_EXIT = 0x8000, CHARS_UTF8 = 1, PHONEMES_IPA = 2 };
typedef int (*initialize_fn)(int output, int buffer_ms, const char *path, int options);
typedef int (*set_voice_fn)(const char *name);
typedef const char *(*text_to_phonemes_fn)(const void **text, int text_mode, int phoneme_mode);
typedef int (*terminate_fn)(void);

struct xb_espeak_library {
    xb_mem             *mem;
    xb_dynlib           library;
    xb_espeak           functions;
    set_voice_fn        set_voice;
    text_to_phonemes_fn text_to_phonemes;
    terminate_fn        terminate;
};

/* The library's one state. */
static xb_once  once;
static xb_mutex mutex;
static int      users; /* opened and not yet closed */

static void begin(void *arg) {
    (void)arg;
    xb_mutex_init(&mutex);
}

#if defined(_WIN32)
static const char USUAL_NAME[] = "libespeak-ng.dll";
#elif defined(__APPLE__)
static const char USUAL_NAME[] = "libespeak-ng.1.dylib";
#else
static const char USUAL_NAME[] = "libespeak-ng.so.1";
#endif

static xybrid_status phonemes(void *ctx, const char *language, const char *clause, xb_str *ipa, xybrid_error *err) {
    xb_espeak_library *e = ctx;
    const void        *text = clause;
    xb_mutex_lock(&mutex);
    const int unknown = e->set_voice(language) != 0;
    for (int part = 0; text && !unknown; part++) { /* a clause of ours may be several of espeak's */
        const char *said = e->text_to_phonemes(&text, CHARS_UTF8, PHONEMES_IPA);
        if (part && said && *said) xb_str_addc(ipa, ' ');
        if (said) xb_str_add(ipa, said);
    }
    xb_mutex_unlock(&mutex);
    return unknown ? xb_fail(err, XYBRID_INVALID_ARGUMENT, language, "espeak-ng knows no language \"%s\"", language)
                   : XYBRID_OK;
}

static xybrid_status start(xb_espeak_library *e, const char *name, const char *data, xybrid_error *err) {
    const initialize_fn initialize = (initialize_fn)xb_dynlib_symbol(&e->library, "espeak_Initialize");
    e->set_voice = (set_voice_fn)xb_dynlib_symbol(&e->library, "espeak_SetVoiceByName");
    e->text_to_phonemes = (text_to_phonemes_fn)xb_dynlib_symbol(&e->library, "espeak_TextToPhonemes");
    e->terminate = (terminate_fn)xb_dynlib_symbol(&e->library, "espeak_Terminate");
    if (!initialize || !e->set_voice || !e->text_to_phonemes || !e->terminate)
        return xb_fail(err, XYBRID_ENGINE_MISSING, name,
                       "%s is no espeak-ng: espeak_TextToPhonemes or another function is missing", name);
    xb_mutex_lock(&mutex);
    const int failed = users == 0 && initialize(AUDIO_OUTPUT_RETRIEVAL, 0, data, INITIALIZE_DONT_EXIT) < 0;
    users += !failed;
    xb_mutex_unlock(&mutex);
    if (failed) {
        e->terminate = NULL;
        return xb_fail(err, XYBRID_ENGINE_MISSING, name,
                       "espeak-ng was found, but not its data; install espeak-ng-data or name its folder");
    }
    return XYBRID_OK;
}

xybrid_status xb_espeak_open(xb_mem *mem, const char *library, const char *data, xb_espeak_library **out, xybrid_error *err) {
    const char        *name = library ? library : USUAL_NAME;
    xb_espeak_library *e = xb_calloc(mem, 1, sizeof *e, err);
    if (!e) return err->code;
    xb_once_run(&once, begin, NULL);
    e->mem = mem, e->functions.phonemes = phonemes, e->functions.ctx = e;
    xybrid_status st = xb_dynlib_open(mem, name, &e->library, err);
    if ((st & XYBRID_PRIMARY_MASK) == XYBRID_UNSUPPORTED_FORMAT)
        st = xb_fail(
            err, XYBRID_ENGINE_MISSING, name,
            "espeak-ng (%s) cannot be loaded; install it, name its file, or choose the backend MisakiDictionary for English",
            name);
    if (st == XYBRID_OK) st = start(e, name, data, err);
    if (st != XYBRID_OK) {
        e->terminate = NULL;
        xb_espeak_close(e);
        return st;
    }
    *out = e;
    return XYBRID_OK;
}

void xb_espeak_close(xb_espeak_library *e) {
    if (!e) return;
    if (e->terminate) {
        xb_mutex_lock(&mutex);
        if (--users == 0) (void)e->terminate();
        xb_mutex_unlock(&mutex);
    }
    xb_dynlib_close(&e->library);
    xb_free(e->mem, e);
}

const xb_espeak *xb_espeak_functions(const xb_espeak_library *e) { return &e->functions; }
