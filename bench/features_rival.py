"""The rivals of bench/features: reads the name of a case from standard input, computes it once, and answers
"NANOSECONDS MEAN", the processor time of its thread and the mean of its result. Started by that program with
build/deps/python* in PYTHONPATH."""
import sys
import time

import kaldi_native_fbank as knf
import librosa
import numpy as np

RATE = 16000
n = np.arange(30 * RATE)
x = (0.4 * np.sin(n * 0.05) + 0.2 * np.sin(n * 0.31) + 0.1 * np.sin(n * 1.7)).astype(np.float32)
listed = x.tolist()
mel_80 = librosa.filters.mel(sr=RATE, n_fft=400, n_mels=80)
mel_128 = librosa.filters.mel(sr=RATE, n_fft=2048, n_mels=128)


def whisper(samples):
    """whisper/audio.py, with librosa for the transform."""
    samples = np.pad(samples, (0, 480000 - samples.size))
    power = np.abs(librosa.stft(samples, n_fft=400, hop_length=160, pad_mode="reflect")[:, :-1])**2
    log = np.log10(np.maximum(mel_80 @ power, 1e-10))
    return (np.maximum(log, log.max() - 8) + 4) / 4


def slaney():
    power = np.abs(librosa.stft(x, n_fft=2048, hop_length=512, pad_mode="reflect"))**2
    return librosa.power_to_db(mel_128 @ power, ref=1.0, amin=1e-10, top_db=None)


def kaldi(options, online):
    """Seconds for the list's way into C++ are taken off: they are those of an extractor whose frame never gets full."""
    options.frame_opts.dither = 0
    features = online(options)
    start = time.thread_time_ns()
    features.accept_waveform(RATE, listed)
    features.input_finished()
    computed = time.thread_time_ns() - start
    long = knf.FbankOptions()
    long.frame_opts.frame_length_ms, long.frame_opts.frame_shift_ms = 40000, 40000
    empty = knf.OnlineFbank(long)
    start = time.thread_time_ns()
    empty.accept_waveform(RATE, listed)
    copied = time.thread_time_ns() - start
    rows = [features.get_frame(i) for i in range(features.num_frames_ready)]
    return computed - copied, np.mean(rows)


def kaldi_fbank():
    options = knf.FbankOptions()
    options.mel_opts.num_bins = 80
    return kaldi(options, knf.OnlineFbank)


def timed(function, *arguments):
    start = time.thread_time_ns()
    result = function(*arguments)
    return time.thread_time_ns() - start, np.mean(result)


CASES = {
    "whisper_30s": lambda: timed(whisper, x),
    "whisper_11s": lambda: timed(whisper, x[:11 * RATE]),
    "slaney_30s": lambda: timed(slaney),
    "kaldi_30s": kaldi_fbank,
    "kaldi_whisper": lambda: kaldi(knf.WhisperFeatureOptions(), knf.OnlineWhisperFbank),
}
print("librosa %s, kaldi-native-fbank %s, numpy %s" % (librosa.__version__, knf.__version__, np.__version__), flush=True)
for line in sys.stdin:
    print("%d %.9g" % CASES[line.strip()](), flush=True)
