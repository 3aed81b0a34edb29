import Foundation
import Testing

@testable import MediaGateway

@Suite("Health: what is down, how much is left, and what is off meanwhile")
struct HealthBoardTests {
    private let board = HealthBoard(
        essential: ["recogniser"], admission: Admission(maximumCalls: 1, startTimeout: .seconds(1), closed: { nil }, refused: { _ in }))

    private struct Answer: Decodable {
        var degradation: String, off: [String], dependencies: [String: String]
    }
    private func answer() throws -> Answer { try JSONDecoder().decode(Answer.self, from: Data(board.answer.json)) }

    @Test("the store is down: the agent goes on, better voices and analytics are off until it is back")
    func store() throws {
        board.set("recogniser", .up)
        board.set("store", .down)
        #expect(board.isImpaired && board.degradation == .partial && board.answer.isReady)
        #expect(try answer().off == ["analytics", "escalation"])
        board.set("store", .up)
        #expect(try answer().off.isEmpty && answer().degradation == "full")
    }

    @Test("a voice is out after three failures in a row, and tried again a minute later")
    func voice() throws {
        for _ in 0..<2 { board.voice("standard", worked: false, at: .seconds(1)) }
        board.voice("standard", worked: true, at: .seconds(1))
        for _ in 0..<2 { board.voice("standard", worked: false, at: .seconds(2)) }
        #expect(!board.isImpaired)
        board.voice("standard", worked: false, at: .seconds(2))
        #expect(board.degradation == .partial && board.isImpaired)
        #expect(try answer().dependencies["voice.standard"] == "down")
        board.look(lost: 0, at: .seconds(61))
        #expect(board.isImpaired)
        board.look(lost: 0, at: .seconds(62))
        #expect(!board.isImpaired)
    }

    @Test("events that were lost count for a minute")
    func analytics() {
        board.look(lost: 1, at: .seconds(10))
        #expect(board.degradation == .partial)
        board.look(lost: 1, at: .seconds(69))
        #expect(board.isImpaired)
        board.look(lost: 1, at: .seconds(70))
        #expect(board.degradation == .full)
    }

    @Test("models: one of two is partial, none is minimal, and nothing is off for it")
    func models() throws {
        board.models(["a", "b"], down: ["a"])
        #expect(board.degradation == .partial && !board.isImpaired)
        board.models(["a", "b"], down: ["a", "b"])
        #expect(board.degradation == .minimal)
        #expect(try answer().off.isEmpty)
    }
}
