/* SHA-256 against the vectors of FIPS 180-4's examples and Python's hashlib, whole and in pieces. */
#include "codec/sha256.h"
#include "check.h"

static void check_digest(const void *bytes, size_t size, const char *wanted) {
    uint8_t digest[32];
    char    hex[65];
    xb_sha256_of(bytes, size, digest);
    xb_sha256_hex(digest, hex);
    CHECK_STR(hex, wanted);
}

static void known_answers(void) {
    check_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    CHECK_OR_RETURN(million != NULL);
    memset(million, 'a', 1000000);
    check_digest(million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

/* hashlib.sha256(bytes(range(n))) for the sizes around the padding's edges, all hashed once more. */
static void every_size_in_pieces(void) {
    uint8_t   bytes[200], digest[32];
    char      hex[65];
    xb_sha256 all;
    xb_sha256_init(&all);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint8_t whole[32];
        xb_sha256_of(bytes, n, whole);
        for (size_t step = 1; step <= 70; step += 23) {
            xb_sha256 s;
            xb_sha256_init(&s);
            for (size_t at = 0; at < n; at += step) xb_sha256_add(&s, bytes + at, n - at < step ? n - at : step);
            xb_sha256_end(&s, digest);
            CHECK(memcmp(digest, whole, 32) == 0);
        }
        xb_sha256_add(&all, whole, 32);
    }
    xb_sha256_end(&all, digest);
    xb_sha256_hex(digest, hex);
    CHECK_STR(hex, "64ef7c229fce2408b5336b6a542fea0e078c3a87d2da85cb3fc52e2008b65021");
}

static void hex_both_ways(void) {
    uint8_t digest[32], back[32];
    char    hex[65];
    for (int i = 0; i < 32; i++) digest[i] = (uint8_t)(i * 37 + 200);
    xb_sha256_hex(digest, hex);
    CHECK(xb_sha256_from_hex(hex, back) && memcmp(digest, back, 32) == 0);
    for (char *c = hex; *c; c++)
        if (*c >= 'a' && *c <= 'f') *c = (char)(*c - 'a' + 'A');
    CHECK(xb_sha256_from_hex(hex, back));
    hex[63] = 'g';
    CHECK(!xb_sha256_from_hex(hex, back));
    hex[63] = 0;
    CHECK(!xb_sha256_from_hex(hex, back));
    CHECK(!xb_sha256_from_hex("", back));
}

CHECK_MAIN(RUN(known_answers), RUN(every_size_in_pieces), RUN(hex_both_ways))
