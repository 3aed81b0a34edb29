import AudioCodec
import StreamingPipeline
import Testing

@Suite("Endpointing, 20 ms frames: 60 ms of voice starts, 100 ms of silence may be the end, 200 ms is, and so are 600 ms in all")
struct EndpointDetectorTests {
    let configuration = EndpointingConfiguration(
        onset: .milliseconds(60), plausiblePause: .milliseconds(100), silence: .milliseconds(200), maximumUtterance: .milliseconds(600))

    @Test(
        "# voice  . silence  [ starts  p pause  r resumes  ] ends  ! cut off",
        arguments: [
            EndpointScene("silence", heard: "............", events: "............"),
            EndpointScene("a click is not speech", heard: "..#.........", events: "............"),
            EndpointScene("clicks do not add up", heard: "..##.##.##..", events: "............"),
            EndpointScene("one word", heard: "..####............", events: "....[.....p....].."),
            EndpointScene("a gap between syllables", heard: "###...###...........", events: "..[..........p....]."),
            EndpointScene("a pause stays in the utterance", heard: "###.......##..........", events: "..[....p..r.....p....]"),
            EndpointScene("one frame of voice goes on", heard: "###.......#...........", events: "..[....p..r....p....]."),
            EndpointScene("a second utterance", heard: "###..........###..........", events: "..[....p....]..[....p....]"),
            EndpointScene("hold music is cut off", heard: "####################################", events: "..[..........................!..[..."),
            EndpointScene("cut off in a pause", heard: "#########################.....#...", events: "..[..........................!...."),
        ])
    func plays(_ scene: EndpointScene) { #expect(scene.played(configuration) == scene.events) }

    @Test(
        "the silence may be changed for a turn, even in the pause itself",
        arguments: [
            (["longer for digits", "###..................", "..[....p...........]."], [0: 340]),
            (["shorter for yes or no: the pause is skipped", "###..................", "..[.]................"], [0: 40]),
            (["shortened in the pause", "###..................", "..[....p.]..........."], [9: 100]),
            (["lengthened in the pause", "###...................", "..[....p............]."], [9: 360]),
        ] as [([String], [Int: Int])])
    func silenceOfATurn(_ scene: [String], changes: [Int: Int]) {
        let drawn = EndpointScene(scene[0], heard: scene[1], events: scene[2])
        #expect(drawn.played(configuration, silences: changes.mapValues { .milliseconds($0) }) == drawn.events)
    }

    @Test("onset and last voice are where the sound was, not where the decision fell") func times() {
        var detector = EndpointDetector(configuration)
        var actions: [EndpointDetector.Action] = []
        for (index, mark) in "...####..............".enumerated() {
            let start = Duration.milliseconds(20 * index)
            actions.append(detector.observe(isVoice: mark == "#", from: start, to: start + .milliseconds(20)))
        }
        #expect(
            actions.filter { $0 != .none } == [
                .utteranceStarted(onset: .milliseconds(60)), .pauseBegan, .utteranceEnded(lastVoiced: .milliseconds(140)),
            ])
    }

    @Test("a detector that lags is waited for no longer than its silence") func lag() {
        var detector = EndpointDetector(configuration)
        _ = detector.observe(isVoice: true, from: .zero, to: .milliseconds(96))
        #expect(detector.advance(to: .milliseconds(195)) == .none)
        #expect(detector.advance(to: .milliseconds(196)) == .pauseBegan)
        #expect(detector.observe(isVoice: false, from: .milliseconds(96), to: .milliseconds(288)) == .none)
        #expect(detector.advance(to: .milliseconds(296)) == .utteranceEnded(lastVoiced: .milliseconds(96)))
    }

    @Test("silence counts from the last voice, where a detector bridges gaps") func bridged() {
        var detector = EndpointDetector(configuration)
        _ = detector.observe(isVoice: true, from: .zero, to: .milliseconds(100), voicedUntil: .milliseconds(100))
        let gap = detector.observe(
            isVoice: true, from: .milliseconds(100), to: .milliseconds(180), voicedUntil: .milliseconds(100))
        #expect(gap == .none)
        let end = detector.observe(isVoice: false, from: .milliseconds(180), to: .milliseconds(300))
        #expect(end == .utteranceEnded(lastVoiced: .milliseconds(100)))
    }

    @Test("a bridged gap starts nothing, and a click stays a click however long it is bridged") func bridgedClick() {
        var detector = EndpointDetector(configuration)
        for start in stride(from: 0, to: 200, by: 20) {
            let action = detector.observe(
                isVoice: true, from: .milliseconds(start), to: .milliseconds(start + 20), voicedUntil: .milliseconds(20))
            #expect(action == .none)
        }
    }

    @Test(
        "whatever is heard: starts and ends alternate, pauses lie within, the end comes when it must",
        arguments: 1...40 as ClosedRange<UInt64>)
    func properties(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var heard = ""
        while heard.count < 2_000 {
            heard += String(repeating: "#", count: Int.random(in: 0...20, using: &random))
            heard += String(repeating: ".", count: Int.random(in: 0...15, using: &random))
        }
        let events = Array(EndpointScene("", heard: heard, events: "").played(configuration)), sounds = Array(heard)
        var (isOpen, isPaused, silent, age) = (false, false, 0, 0)
        for (event, sound) in zip(events, sounds) {
            (silent, age) = (sound == "#" ? 0 : silent + 1, age + 1)
            switch event {
            case "[":
                #expect(!isOpen && sound == "#")
                (isOpen, isPaused, age) = (true, false, 3)
            case "p":
                #expect(isOpen && !isPaused && silent == 5)
                isPaused = true
            case "r":
                #expect(isOpen && isPaused && sound == "#")
                isPaused = false
            case "]", "!":
                #expect(isOpen && (event == "]" ? silent == 10 : 30...31 ~= age && silent < 10))
                isOpen = false
            default:
                #expect(!isOpen || (silent < 10 && age <= 30))
                #expect(!isOpen || isPaused || silent < 5)
                #expect(!isOpen || !isPaused || sound != "#")
            }
        }
    }
}
