"""Mel spectrograms by librosa, Whisper's by its formula with OpenAI's own filters, Kaldi filter banks by kaldi-native-fbank.

    python3 -m venv v && v/bin/pip install numpy librosa kaldi-native-fbank
    v/bin/pip download --no-deps --no-binary :all: openai-whisper==20250625 -d d && tar -C d -xzf d/openai_whisper-20250625.tar.gz
    v/bin/python scripts/golden/audio_features.py d/openai_whisper-20250625/whisper/assets/mel_filters.npz
"""
import sys

import kaldi_native_fbank as knf
import librosa
import numpy as np

from golden_arrays import Writer, noise

out = Writer("audio_features", "librosa %s, kaldi-native-fbank %s, openai-whisper 20250625" %
             (librosa.__version__, knf.__version__))


def signal(count, seed):
    """Noise of bytes over three tones, the same as in the tests: loud, then quiet."""
    n = np.arange(count)
    x = np.array(noise(count, seed)) / 255.0 - 0.5
    tones = 0.4 * np.sin(n * 0.05) + 0.2 * np.sin(n * 0.31) + 0.1 * np.sin(n * 1.7)
    return ((0.2 * x + tones) * np.where(n % 3000 < 2000, 1.0, 0.01)).astype(np.float32)


def some(values):
    """About 400 values spread over an array, the same as in the tests."""
    flat = np.asarray(values, np.float64).ravel()
    return flat[::max(1, flat.size // 400)].tolist()


# ---- Whisper: log_mel_spectrogram of whisper/audio.py, in numpy and float64 ----
filters = np.load(sys.argv[1], allow_pickle=False)


def whisper(x, n_mels, length=None):
    x = x.astype(np.float64)
    if length is not None:
        x = np.pad(x, (0, length - x.size)) if x.size < length else x[:length]
    x = np.pad(x, 200, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(x, 400)[::160] * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400))
    power = np.abs(np.fft.rfft(frames))[:-1].T**2
    log = np.log10(np.maximum(filters["mel_%d" % n_mels].astype(np.float64) @ power, 1e-10))
    return (np.maximum(log, log.max() - 8.0) + 4.0) / 4.0


out.array("float", "whisper_30s", some(whisper(signal(20000, 3), 80, 480000)[:, :130]))
out.array("float", "whisper_full", some(whisper(signal(481000, 4), 80, 480000)))
out.array("float", "whisper_any", some(whisper(signal(20011, 3), 80)))
out.array("float", "whisper_large", some(whisper(signal(20000, 3), 128, 480000)[:, :130]))

# ---- librosa ----
x, rate = signal(9000, 5), 22050
LIBROSA = [
    ("slaney", dict(n_fft=1024, hop_length=256, n_mels=80), {}, "db"),
    ("htk", dict(n_fft=512, hop_length=200, n_mels=40, win_length=400, htk=True, norm=None, fmin=20.0, fmax=7600.0), {}, "ln"),
    ("magnitude", dict(n_fft=960, hop_length=480, n_mels=32, power=1.0, center=False, window="hamming"), {}, "none"),
    ("symmetric", dict(n_fft=600, hop_length=150, n_mels=64, win_length=300, window=np.hanning(300)), {}, "ln"),
    ("odd", dict(n_fft=401, hop_length=160, n_mels=20, htk=True), {}, "none"),
]
for name, options, _, log in LIBROSA:
    mel = librosa.feature.melspectrogram(y=x, sr=rate, pad_mode="reflect", **options).astype(np.float64)
    if log == "db":
        mel = librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None)
    elif log == "ln":
        mel = np.log(np.maximum(mel, 1e-5))
    print(name, mel.shape)
    out.array("float", "librosa_" + name, some(mel))

# ---- Kaldi ----
KALDI = [
    ("plain", {}, {}, {}),
    ("asr", dict(snip_edges=False), dict(num_bins=80, high_freq=-400.0), {}),
    ("energy", dict(window_type="hamming"), dict(num_bins=40), dict(use_energy=True)),
    ("htk", dict(snip_edges=False, preemph_coeff=0.0, remove_dc_offset=False), dict(num_bins=24, low_freq=60.0),
     dict(use_energy=True, htk_compat=True, raw_energy=False)),
    ("odd", dict(round_to_power_of_two=False, window_type="rectangular", frame_length_ms=20.0, frame_shift_ms=7.5),
     dict(num_bins=23), dict(use_log_fbank=False)),
    ("magnitude", dict(window_type="hanning"), dict(num_bins=23, low_freq=0.0), dict(use_power=False)),
]
for name, frame, mel, rest in KALDI:
    o = knf.FbankOptions()
    o.frame_opts.dither = 0.0
    for target, values in ((o.frame_opts, frame), (o.mel_opts, mel), (o, rest)):
        for key, value in values.items():
            assert hasattr(target, key), key
            setattr(target, key, value)
    fbank = knf.OnlineFbank(o)
    fbank.accept_waveform(16000, signal(9000, 6).tolist())
    fbank.input_finished()
    rows = np.array([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])
    print(name, rows.shape, o.mel_opts.low_freq)
    out.array("float", "kaldi_" + name, some(rows))
out.close()
