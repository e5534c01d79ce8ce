"""tests/golden/audio: short recordings in every audio codec, and their samples as libsndfile (libFLAC, libmpg123, libvorbis) decodes
them (FLAC: the program flac, as libsndfile knows no 32 bits).

    apt-get install flac lame vorbis-tools          (flac 1.4.2, LAME 3.100, oggenc 1.4.2)
    pip install soundfile==0.14.0 numpy==2.4.6
    python scripts/golden/codec_audio.py tests/golden/audio

NAME.flac, .mp3 or .ogg is the recording: a tone for each channel that grows, noise, silence, and a click. NAME.f32 holds its frame
count (uint32) and every 5th frame as little-endian float32. The table is in tests/unit/codec_audio.c."""
import pathlib, struct, subprocess, sys, tempfile
import numpy as np
import soundfile as sf

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
noise = np.random.default_rng(1)


def recording(rate, channels, seconds):
    t = np.arange(int(rate * seconds)) / rate
    x = np.stack([np.sin(2 * np.pi * (300 + 170 * c) * t) * t / seconds * 0.6 for c in range(channels)], 1)
    n = len(t)
    x[n // 4:n // 3] = noise.uniform(-0.3, 0.3, (n // 3 - n // 4, channels))
    x[n // 2:n // 2 + n // 8] = 0
    x[n * 3 // 4] = 0.9
    return x


def make(name, rate, channels, seconds, subtype, command, shape=lambda x: x):
    with tempfile.TemporaryDirectory() as folder:
        wav = folder + "/in.wav"
        sf.write(wav, shape(recording(rate, channels, seconds)), rate, subtype, format="WAVEX" if channels > 2 else "WAV")
        subprocess.run([word.format(wav=wav, out=out / name) for word in command], check=True)
        if name.endswith(".flac"):
            subprocess.run(["flac", "-s", "-f", "-d", "-o", folder + "/out.wav", str(out / name)], check=True)
        samples, found = sf.read(folder + "/out.wav" if name.endswith(".flac") else out / name, dtype="float32", always_2d=True)
    assert found == rate and samples.shape[1] == channels
    (out / name).with_suffix(".f32").write_bytes(struct.pack("<I", len(samples)) + samples[::5].astype("<f4").tobytes())
    print('{ "%s", %d, %d, %d },' % (name, rate, channels, len(samples)))


FLAC = ["flac", "-s", "-f", "--no-padding", "-o", "{out}", "{wav}"]
make("flac_8.flac", 8000, 1, 0.2, "PCM_U8", FLAC)
make("flac_16.flac", 44100, 2, 0.06, "PCM_16", FLAC + ["-8", "-p", "-e"])
make("flac_24.flac", 48000, 2, 0.03, "PCM_24", FLAC + ["-b", "576", "-m"])
make("flac_32.flac", 16000, 2, 0.04, "PCM_32", FLAC + ["-5"])
make("flac_6.flac", 22050, 6, 0.04, "PCM_16", FLAC + ["-0", "-b", "200", "--lax"])
make("flac_wasted.flac", 16000, 1, 0.1, "PCM_16", FLAC, lambda x: np.round(x * 1024) / 1024)
LAME = ["lame", "--quiet"]
make("mp3_cbr.mp3", 8000, 1, 0.25, "PCM_16", LAME + ["-b", "24", "{wav}", "{out}"])
make("mp3_vbr.mp3", 44100, 2, 0.12, "PCM_16", LAME + ["-V", "5", "{wav}", "{out}"])
make("mp3_mpeg2.mp3", 22050, 2, 0.15, "PCM_16", LAME + ["-m", "j", "--resample", "22.05", "-b", "48", "{wav}", "{out}"])
make("mp3_tags.mp3", 32000, 1, 0.12, "PCM_16", LAME + ["--add-id3v2", "--tt", "A title", "--tc", "A comment", "--resample", "32", "-b", "48", "{wav}", "{out}"])
make("mp3_plain.mp3", 48000, 1, 0.12, "PCM_16", LAME + ["-t", "--resample", "48", "-b", "48", "{wav}", "{out}"])
OGG = ["oggenc", "-Q", "-s", "1", "-o", "{out}", "{wav}"]
make("vorbis_1.ogg", 16000, 1, 0.3, "PCM_16", OGG + ["-q", "2"])
make("vorbis_2.ogg", 44100, 2, 0.12, "PCM_16", OGG + ["-q", "4"])
make("vorbis_6.ogg", 8000, 6, 0.2, "PCM_16", OGG + ["-q", "1"])
make("vorbis_pages.ogg", 16000, 1, 1.55, "PCM_16", OGG + ["-q", "6"], lambda x: noise.uniform(-0.9, 0.9, x.shape))  # several pages
