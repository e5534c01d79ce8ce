#!/usr/bin/env python3
"""A rival of bench/speech in a process of its own: opened once, then run as often as it is told to.

    speech_rival.py KIND THREADS INPUT FILE ...     modules on PYTHONPATH; bench/speech.c starts it

Standard input is a command a line, standard output an answer a line, both as in bench/speech.h:

    (start)   "ready LOAD_MS LOAD_CPU_MS BASE_KIB VERSION"; BASE_KIB: the interpreter and numpy, nothing of the rival yet
    run       "done WALL_MS CPU_MS FIRST_MS FIRST_CPU_MS AUDIO_S PEAK_KIB TEXT"
    partial   the same of the recording's first second alone: how a program shows what is said with an offline recogniser
    end       ends

WALL and CPU (all threads of the process) are of the call alone, the samples being in memory; FIRST is when the first sound was
there. sherpa-onnx is given phonemes, because since 2.0.0 it has no espeak-ng: Xybrid is given the same ones.
"""

import os
import sys
import time
import types
import wave

import numpy

RATE_HZ = 16000


def peak_kib():
    with open("/proc/self/status") as f:
        return int(next(line for line in f if line.startswith("VmHWM")).split()[1])


def samples_of(path):
    with wave.open(path) as f:
        if (f.getframerate(), f.getnchannels(), f.getsampwidth()) != (RATE_HZ, 1, 2):
            sys.exit(f"{path}: not 16 kHz, one channel, 16 bit")
        return numpy.frombuffer(f.readframes(f.getnframes()), numpy.int16).astype(numpy.float32) / 32768


def sentences_of(path):
    with open(path, encoding="utf-8") as f:
        return [line for line in f.read().split("\n") if line]


class Call:
    """The clocks of one call."""

    def __init__(self):
        self.cpu, self.wall = time.process_time(), time.perf_counter()
        self.first = None

    def now(self):
        return 1e3 * (time.perf_counter() - self.wall), 1e3 * (time.process_time() - self.cpu)

    def mark(self):
        if self.first is None:
            self.first = self.now()


# ---- kinds: open(threads, files) -> run(input, call) -> (seconds of audio, text) ----------------------------------------


def silero(threads, files):
    import sherpa_onnx
    config = sherpa_onnx.VadModelConfig()
    config.silero_vad.model, config.sample_rate, config.num_threads = files[0], RATE_HZ, threads
    detector = sherpa_onnx.VoiceActivityDetector(config, buffer_size_in_seconds=60)

    def run(samples, call):
        detector.reset()
        spans = []
        for at in range(0, len(samples), 512):
            detector.accept_waveform(samples[at:at + 512])
        detector.flush()
        while not detector.empty():
            found = detector.front
            spans.append(f"{found.start / RATE_HZ:.2f}-{(found.start + len(found.samples)) / RATE_HZ:.2f}")
            detector.pop()
        return len(samples) / RATE_HZ, " ".join(spans)
    return run


def recognizer(made):
    def run(samples, call):
        stream = made.create_stream()
        stream.accept_waveform(RATE_HZ, samples)
        made.decode_stream(stream)
        return len(samples) / RATE_HZ, stream.result.text
    return run


def moonshine(threads, files):
    import sherpa_onnx
    return recognizer(sherpa_onnx.OfflineRecognizer.from_moonshine_v2(*files, num_threads=threads))


def whisper(threads, files):
    import sherpa_onnx
    return recognizer(sherpa_onnx.OfflineRecognizer.from_whisper(*files, language="en", num_threads=threads))


def speaker(model, threads):
    """Greedy as to sentences: each is spoken and handed out before the next one, as its default says."""
    import sherpa_onnx
    model.num_threads = threads
    made = sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model=model, max_num_sentences=1))

    def run(phonemes, call):
        config = sherpa_onnx.GenerationConfig()
        config.phoneme_codepoints = [[ord(c) for c in sentence] for sentence in phonemes]

        def take(samples, progress):
            call.mark()
            return 1
        audio = made.generate("", config, take)
        return len(audio.samples) / audio.sample_rate, f"{len(audio.samples)} samples"
    return run


def vits(threads, files):
    import sherpa_onnx
    model, tokens = files
    part = sherpa_onnx.OfflineTtsVitsModelConfig(model=model, tokens=tokens)
    return speaker(sherpa_onnx.OfflineTtsModelConfig(vits=part), threads)


def kokoro(threads, files):
    import sherpa_onnx
    model, tokens, voices = files
    part = sherpa_onnx.OfflineTtsKokoroModelConfig(model=model, voices=voices, tokens=tokens)
    return speaker(sherpa_onnx.OfflineTtsModelConfig(kokoro=part), threads)


def faster_whisper(threads, files):
    """Greedy, no fallback. The package imports PyAV and huggingface_hub, but only opening files and downloading uses them."""
    for name in ("av", "huggingface_hub"):
        sys.modules[name] = types.ModuleType(name)
    from faster_whisper import WhisperModel
    folder, kind = files
    model = WhisperModel(folder, device="cpu", compute_type=kind, cpu_threads=threads, local_files_only=True)

    def run(samples, call):
        segments, _ = model.transcribe(samples, language="en", beam_size=1, temperature=0, condition_on_previous_text=False,
                                       without_timestamps=True)
        return len(samples) / RATE_HZ, " ".join(segment.text.strip() for segment in segments)
    return run


KINDS = {"silero": silero, "moonshine": moonshine, "whisper": whisper, "vits": vits, "kokoro": kokoro,
         "faster-whisper": faster_whisper}


def versions():
    """Of what has been imported."""
    names = [name for name in ("sherpa_onnx", "faster_whisper", "ctranslate2") if name in sys.modules]
    return ", ".join(f"{name} {sys.modules[name].__version__}" for name in names).replace("_", "-")


def main(kind, threads, source, *files):
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    given = samples_of(source) if source.endswith(".wav") else sentences_of(source)
    base = peak_kib()
    call = Call()
    run = KINDS[kind](int(threads), list(files))
    answers.write("ready {:.3f} {:.3f} {} {}\n".format(*call.now(), base, versions()))
    for command in sys.stdin:
        command = command.strip()
        if command not in ("run", "partial"):
            break
        call = Call()
        seconds, text = run(given[:RATE_HZ] if command == "partial" else given, call)
        wall, cpu = call.now()
        first = call.first or (wall, cpu)
        figures = " ".join(f"{figure:.4f}" for figure in (wall, cpu, *first, seconds))
        answers.write(f"done {figures} {peak_kib()} {' '.join(text.split())}\n")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
