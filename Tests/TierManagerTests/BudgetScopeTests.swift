import Foundation
import Testing
import TierManager

@Suite("Budget scopes: a call, and a UTC day")
struct BudgetScopeTests {
    @Test(
        "seconds since 1970, day",
        arguments: [
            (0, "1970-01-01"), (86_399.999, "1970-01-01"), (86_400, "1970-01-02"), (951_782_400, "2000-02-29"),
            (1_773_576_000, "2026-03-15"), (1_798_761_599, "2026-12-31"), (1_798_761_600, "2027-01-01"), (4_107_542_400, "2100-03-01"),
            (-1, "1969-12-31"),
        ] as [(Double, String)])
    func days(seconds: Double, day: String) {
        let scope = BudgetScope.day(Date(timeIntervalSince1970: seconds), capMicroDollars: 7)
        #expect(scope == BudgetScope(name: "day:\(day)", capMicroDollars: 7))
    }

    @Test("a scope named twice counts once")
    func distinct() {
        let call = BudgetScope.call("CA1", capMicroDollars: 1), day = BudgetScope.day(.ides, capMicroDollars: 2)
        #expect(BudgetScope.distinct([call, day, call]) == [call, day])
    }
}
