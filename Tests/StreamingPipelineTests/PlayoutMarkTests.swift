import StreamingPipeline
import Testing

@Suite("A mark's name carries generation, number and epoch over the wire and back")
struct PlayoutMarkTests {
    @Test("there and back") func roundTrip() {
        let mark = PlayoutMark(generation: 3, number: 12, epoch: 1)
        #expect(mark.name == "g3.12.e1")
        #expect(PlayoutMark(name: mark.name) == mark)
    }

    @Test(
        "what is not ours is refused",
        arguments: [
            "", "g", "g1.2", "g1.2.3", "x1.2.e3", "g1.2.e3.4", "g-1.2.e3", "g1..e3", "g+1.2.e3", "g99999999999999999999.1.e1", "clause-1",
        ])
    func refuses(name: String) { #expect(PlayoutMark(name: name) == nil) }
}
