/* base/limits.h - everything that grows has its maximum here. Files from an enemy meet these numbers first. */
#ifndef XB_LIMITS_H
#define XB_LIMITS_H

enum {
    XB_MAX_RANK = 8,                         /* dimensions of a tensor that crosses the door */
    XB_MAX_NAME = 1024,                      /* bytes of a tensor, step or file name */
    XB_MAX_PATH = 32 << 10,                  /* bytes of a path (the most that Windows takes) */
    XB_MAX_FOLDER_ENTRIES = 1 << 16,         /* names in a folder that is looked through */
    XB_MAX_LIST_DEPTH = 8,                   /* Lists in Lists */
    XB_MAX_LIST_ITEMS = 1 << 20,             /* envelopes in a List */
    XB_MAX_METADATA_KEYS = 256,              /* of one envelope */
    XB_MAX_JSON_BYTES = 64 << 20,            /* a JSON document (tokenizer.json has 10 MB) */
    XB_MAX_JSON_DEPTH = 64,                  /* nesting */
    XB_MAX_PACK_JSON_BYTES = 1 << 20,        /* model_metadata.json */
    XB_MAX_STEPS = 64,                       /* pre- or postprocessing steps of a stage */
    XB_MAX_STAGES = 32,                      /* stages of a model graph */
    XB_MAX_PORTS = 1024,                     /* inputs or outputs of a model */
    XB_MAX_IMAGE_SIDE = 32768,               /* pixels */
    XB_MAX_IMAGE_PIXELS = 100 * 1000 * 1000, /* width x height, before anything is decoded */
    XB_MAX_AUDIO_CHANNELS = 64,
    XB_MAX_AUDIO_RATE = 768000,    /* Hz */
    XB_MAX_AUDIO_FRAMES = 1 << 30, /* of a recording: 18 hours at 16 kHz */
    XB_MAX_FFT = 1 << 15,          /* samples of a spectrum's frame, and from one to the next */
    XB_MAX_BANDS = 512,            /* of a mel spectrogram */
    XB_MAX_AUDIO_GAP = 1 << 21,    /* frames of silence for one damaged place: 47 s at 44,100 Hz */
    XB_MAX_AUDIO_DAMAGE = 1000,    /* damaged frames of a FLAC file: each may cost the time of a long one, and gives nothing */
    XB_MAX_OGG_PACKET = 16 << 20,  /* bytes; a Vorbis setup has some 10,000 */
    XB_MAX_CODEC_BYTES = 24 << 20, /* tables that a recording's header asks for */
    XB_MAX_TEXT_BYTES = 16 << 20,  /* one Text handed to a tokenizer */
    XB_MAX_TOKEN_BYTES = 64 << 10, /* one vocabulary entry */
    XB_MAX_CONTEXT_TOKENS = 1 << 24,     /* of a conversation */
    XB_MAX_TURNS = 4096,                 /* of a conversation */
    XB_MAX_CHAT_FILE_BYTES = 0x7fffffff, /* a saved conversation, with its cache */
    XB_MAX_VOCABULARY = 4 << 20,         /* entries */
    XB_MAX_PIECE_BYTES = 1024,           /* a token or pattern that is looked for everywhere in a text */
    XB_MAX_WORD_CHARS = 256,             /* a word that WordPiece cuts; BERT's has 100 */
    XB_MAX_TOKENIZER_STEPS = 16,         /* of a normalizer or pre-tokenizer */
    XB_MAX_FRAME_TOKENS = 16,            /* special tokens on one side of a text */
    XB_MAX_PENALTY_TOKENS = 8192,        /* that a sampler's penalties look back at */
    XB_MAX_LOGIT_BIAS = 4096,            /* tokens with a bias of their own */
    XB_MAX_STOPS = 64,                   /* strings that end an answer */
    XB_MAX_STOP_BYTES = 256,             /* of each */
    XB_MAX_TENSORS = 1 << 20,            /* of a GGUF or ONNX file */
    XB_MAX_GRAPH_DEPTH = 32,             /* subgraphs in subgraphs */
    XB_MAX_CALL_BYTES = 1 << 20,         /* one call of a tool, as the model writes it */
    XB_MAX_CALL_HEADER = 512,            /* of it, before its first bracket */
    XB_MAX_TOOLS = 256,                  /* definitions for one answer */
    XB_MAX_ANSWER_BYTES = 16 << 20,      /* of one piece of an answer */
    XB_MAX_ANSWER_EVENTS = 1 << 20,
    XB_MAX_CHAT_TEMPLATE_BYTES = 1 << 20,
    XB_MAX_GRAPH_NODES = 1 << 20,
    XB_MAX_EXPANDED_FIELDS = 1 << 20, /* of an ONNX file's functions, each as often as it is called */
    XB_MAX_PROTOBUF_DEPTH = 100,      /* messages in messages; a subgraph takes three */
    XB_MAX_TENSOR_RANK = 64,          /* dimensions of a weight inside a model file */
    XB_MAX_SPARSE_BYTES = 1 << 28,    /* of the dense form of a sparse ONNX tensor: no bytes stand behind its dimensions */
    XB_MAX_VALUE_ITEMS = 1 << 20,     /* of an ONNX sequence */
    XB_MAX_VALUE_DEPTH = 8,           /* ONNX sequences and optionals in each other */
    XB_MAX_OPERATORS = 4096,          /* different ones in an ONNX file */
    XB_MAX_EXTERNAL_FILES = 16384,    /* that hold the weights of an ONNX file */
    XB_MAX_MODEL_KEYS = 1 << 16,      /* key-value pairs of a GGUF or ONNX file */
    XB_MAX_GGUF_DEPTH = 8,            /* arrays in arrays */
    XB_MAX_PACK_FILES = 16384,        /* listed in a pack's metadata */
    XB_MAX_VOICES = 4096,             /* in a pack's catalog */
    XB_MAX_PHONEME_IDS = 1 << 16,     /* of one piece of text */
    XB_MAX_STYLE_WIDTH = 1 << 16,     /* numbers in a row of a voice */
    XB_MAX_SPEECH_SAMPLES = 1 << 26,  /* of one request that wants the whole (46 minutes at 24 kHz) */
    XB_MAX_BATCH = 4096,              /* items that a stage runs at once */
    XB_MAX_NPZ_ENTRIES = 4096,
    XB_MAX_DETECTIONS = 10000, /* boxes before suppression that are looked at */
    XB_MAX_THREADS = 64,
    XB_MAX_POOL_SESSIONS = 64, /* sessions that one model keeps for runs without a session */
    XB_MAX_ENGINES = 32,
    XB_MAX_PLAN_VALUES = 4 << 20, /* values, steps of one segment of a plan */
    XB_MAX_PLAN_STEPS = 4 << 20,
    XB_MAX_PLAN_TEXTS = 16 << 20,         /* texts that an operator makes or compares */
    XB_MAX_PLAN_FACTS = 4096,             /* values that the next segment depends on */
    XB_MAX_PLAN_DEPTH = 1024,             /* segments one after the other */
    XB_MAX_PLANS = 64,                    /* segments that a session keeps */
    XB_MAX_PLANS_BYTES = 16 << 20,        /* of all of them, as long as one run does with less */
    XB_MAX_PLAN_KEY_BYTES = 1 << 20,      /* shapes and contents that a segment is found by */
    XB_MAX_SEQUENCE = 65536,              /* tensors in a sequence */
    XB_MAX_LOOP_COUNT = 10 * 1000 * 1000, /* rounds of all loops of one run */
};

/* Text that is spoken. */
enum {
    XB_MAX_LEXICON_BYTES = 64 << 20, /* a pronunciation lexicon */
    XB_MAX_LEXICON_WORDS = 1 << 21,  /* of it */
    XB_MAX_SENTENCE_WORDS = 512,     /* spoken words and marks; a longer sentence is cut */
    XB_MAX_SPOKEN_BYTES = 1 << 20,   /* of one sentence */
};

/* Text that a grammar or a JSON Schema constrains. */
enum {
    XB_MAX_GRAMMAR_BYTES = 4 << 20,       /* of a GBNF text */
    XB_MAX_GRAMMAR_RULES = 1 << 16,       /* of it, with those that repetitions make */
    XB_MAX_GRAMMAR_NODES = 1 << 20,       /* literals, classes, references, sequences, alternatives, repetitions */
    XB_MAX_GRAMMAR_NESTING = 64,          /* groups in groups */
    XB_MAX_GRAMMAR_REPEAT = 1 << 16,      /* bounds of {m,n} */
    XB_MAX_GRAMMAR_SETS = 4096,           /* different character classes */
    XB_MAX_GRAMMAR_CODE = 1 << 20,        /* instructions, repetitions written out */
    XB_MAX_GRAMMAR_DEPTH = 256,           /* rules in rules while text is matched; what would go deeper is not allowed */
    XB_MAX_GRAMMAR_CACHE_BYTES = 8 << 20, /* of remembered states; more are forgotten, and made again */
    XB_MAX_GRAMMAR_CALL_BYTES = 64 << 20, /* of states that one call may make */
    XB_MAX_GRAMMAR_WORK = 1 << 25,        /* steps of one call */
    XB_MAX_GRAMMAR_MASK_BYTES = 2 << 20,  /* of remembered masks */
    XB_MAX_SCHEMA_BYTES = 1 << 20,        /* a JSON Schema */
    XB_MAX_SCHEMA_RULES = 16384,          /* rules that it becomes */
    XB_MAX_SCHEMA_PARTS = 256,            /* schemas that hold for one value together */
    XB_MAX_SCHEMA_CHOICES = 1024,         /* combinations of anyOf and oneOf for one value */
    XB_MAX_SCHEMA_PROPERTIES = 2048,      /* of one object */
    XB_MAX_SCHEMA_DEPTH = 48,             /* schemas in schemas, while they are read */
    XB_MAX_SCHEMA_PATTERN = 4096,         /* bytes of a regular expression */
};

/* Chat templates. Nesting and depth keep the stack of a call below 64 KiB. */
enum {
    XB_MAX_TEMPLATE_BYTES = 1 << 20,
    XB_MAX_TEMPLATE_TREE_BYTES = 64 << 20,    /* of the compiled form */
    XB_MAX_TEMPLATE_NAMES = 1024,             /* different ones */
    XB_MAX_TEMPLATE_NESTING = 144,            /* blocks, brackets and operators in each other */
    XB_MAX_TEMPLATE_ARGUMENTS = 64,           /* of a call */
    XB_MAX_TEMPLATE_OPERANDS = 1024,          /* arguments of all calls that are under way */
    XB_MAX_TEMPLATE_DEPTH = 140,              /* statements, expressions and macros in each other, when rendering */
    XB_MAX_TEMPLATE_VALUE_DEPTH = 72,         /* lists in lists */
    XB_MAX_TEMPLATE_MAPS = 8,                 /* the filter map of the filter map */
    XB_MAX_TEMPLATE_RANGE = 100000,           /* items of range(); jinja2's sandbox has the same */
    XB_MAX_TEMPLATE_LIVE_BYTES = 128 << 20,   /* of one rendering's values */
    XB_MAX_TEMPLATE_STEPS = 10 * 1000 * 1000, /* of one rendering */
};

#define XB_MAX_FILE_BYTES     (INT64_C(1) << 40) /* any file that is read or mapped */
#define XB_MAX_PLAN_ELEMENTS  (INT64_C(1) << 34) /* of a tensor inside a model */
#define XB_MAX_INFLATED_BYTES (INT64_C(4) << 30) /* what one compressed entry may grow to */

#endif
