"""tests/golden/wav: a short stereo noise in every WAV variant, and its samples as libsndfile reads them.

    pip install soundfile==0.14.0 numpy==2.4.6
    python scripts/golden/codec_wav.py tests/golden/wav

NAME.wav is the recording, NAME.f32 its samples [frames, 2] as little-endian float32. Variants without .f32 must be refused."""
import pathlib, sys
import numpy as np
import soundfile as sf

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
noise = np.random.default_rng(1).uniform(-1, 1, (37, 2))
noise[0], noise[1] = (1.0, -1.0), (0.0, 0.5)

for name, format, subtype in (
    ("pcm8", "WAV", "PCM_U8"), ("pcm16", "WAV", "PCM_16"), ("pcm24", "WAV", "PCM_24"), ("pcm32", "WAV", "PCM_32"),
    ("float32", "WAV", "FLOAT"), ("float64", "WAV", "DOUBLE"), ("extensible16", "WAVEX", "PCM_16"),
    ("extensible24", "WAVEX", "PCM_24"), ("extensible_float", "WAVEX", "FLOAT"), ("rf64", "RF64", "PCM_16"), ("alaw", "WAV", "ALAW"), ("mulaw", "WAV", "ULAW"),
):
    sf.write(out / (name + ".wav"), noise, 16000, subtype, format=format)
    samples, rate = sf.read(out / (name + ".wav"), dtype="float32")
    assert rate == 16000 and samples.shape == (37, 2)
    (out / (name + ".f32")).write_bytes(samples.astype("<f4").tobytes())

sf.write(out / "adpcm.wav", noise, 16000, "IMA_ADPCM")
sf.write(out / "rifx.wav", noise, 16000, "PCM_16", endian="BIG")
