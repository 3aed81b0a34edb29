import AudioCodec
import StreamingPipeline
import Testing

@testable import MediaGateway

@Suite("What a client says it has played credits clauses; what cannot be true leaves them to the clock")
struct HeardMarksTests {
    /// A reply on its way to an ear, by a clock that is moved by hand.
    private final class Ear {
        let rate: SampleRate
        private var playout: Playout?
        private(set) var heard = HeardMarks()
        private var now = Duration.seconds(100)

        init(_ rate: SampleRate) {
            self.rate = rate
            playout = Playout(format: PlayoutFormat(.pcm, rate))
            playout?.begin(generation: 1)
        }

        /// - Returns: the mark behind the clause, and the milliseconds that are announced with it.
        func clause(_ index: Int, samples: Int) throws -> (name: String, milliseconds: Int) {
            let pcm = [Int16](repeating: 1_000, count: samples)
            let taken = playout?.append(pcm.span, generation: 1) ?? 0
            heard.queued += taken
            let queued = playout?.mark(generation: 1), mark = try #require(queued)
            heard.end(index, mark: mark.number, at: rate)
            return (mark.name, try #require(heard.clauses[mark.number]).milliseconds)
        }

        func finish() { playout?.finish(generation: 1) }

        func run(milliseconds: Int) {
            for _ in 0..<milliseconds / 5 {
                playout?.tick(now: now) { _ in
                    true
                } mark: { _ in
                    true
                }
                now += .milliseconds(5)
            }
        }

        /// - Returns: clauses that are heard by the client's word.
        func played(_ name: String?, _ milliseconds: Int?) -> [Int] {
            heard.played(name, milliseconds, of: &playout, at: rate, now: now).map(\.clause)
        }

        /// - Returns: clauses that are heard by the clock.
        func byClock() -> [Int] {
            var clauses: [Int] = []
            while heard.isByClock, let mark = playout?.takeMark(heardBy: now - .milliseconds(300)) {
                if let credit = heard.credit(mark) { clauses.append(credit.clause) }
            }
            return clauses
        }
    }

    @Test("a clause that ends within a millisecond is heard with the milliseconds that were announced, and not before", arguments: SampleRate.allCases)
    func milliseconds(rate: SampleRate) throws {
        let ear = Ear(rate)
        let first = try ear.clause(0, samples: rate.hertz * 83 / 100 + 1), second = try ear.clause(1, samples: rate.hertz)
        ear.finish()
        ear.run(milliseconds: 840)
        #expect(first.milliseconds == 831 && second.milliseconds == 1_831)
        #expect(ear.played(nil, 830).isEmpty)
        #expect(ear.played(nil, first.milliseconds) == [0])
        #expect(ear.played(nil, first.milliseconds).isEmpty)
        ear.run(milliseconds: 1_000)
        #expect(ear.played(nil, second.milliseconds) == [1])
    }

    @Test("an ear that is a frame ahead of our clock is believed, and credited")
    func ahead() throws {
        let ear = Ear(.hz16000)
        let clause = try ear.clause(0, samples: 16_000 * 83 / 100 + 1)
        _ = try ear.clause(1, samples: 16_000)
        ear.run(milliseconds: 815)
        #expect(ear.played(nil, clause.milliseconds) == [0])
    }

    @Test("a last mark that comes back at once proves nothing, and is credited when the clock says so", arguments: [true, false])
    func tooEarly(isByName: Bool) throws {
        let ear = Ear(.hz16000)
        let first = try ear.clause(0, samples: 3_200), last = try ear.clause(1, samples: 3_200)
        ear.finish()
        ear.run(milliseconds: 200)
        #expect(ear.played(first.name, nil) == [0] && !ear.heard.isByClock)
        #expect(ear.played(isByName ? last.name : nil, last.milliseconds).isEmpty && ear.heard.isByClock)
        ear.run(milliseconds: 480)
        #expect(ear.byClock().isEmpty)
        ear.run(milliseconds: 40)
        #expect(ear.byClock() == [1])
    }

    @Test("a word that is true after one that was not credits its clause, and the clock the other")
    func doubted() throws {
        let ear = Ear(.hz16000)
        let first = try ear.clause(0, samples: 3_200), last = try ear.clause(1, samples: 3_200)
        ear.finish()
        ear.run(milliseconds: 200)
        #expect(ear.played(last.name, last.milliseconds).isEmpty)
        #expect(ear.played(first.name, first.milliseconds) == [0])
        ear.run(milliseconds: 520)
        #expect(ear.byClock() == [1])
    }
}
