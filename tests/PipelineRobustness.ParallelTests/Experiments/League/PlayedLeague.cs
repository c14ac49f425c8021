using PipelineRobustness.Experiments.League;

namespace PipelineRobustness.Tests.Experiments.League;

/// <summary>Results of a small league, written by hand: two attackers of which one hurts, an exact detector, one by lot.</summary>
internal static class PlayedLeague
{
    public const string Flip = "flip", Gentle = "gentle", Pair = "pair", Exact = "exact", Lot = "lot";

    public const int MicroBatches = 4;

    public static LeagueResults Whole { get; } = new(
        "small", 1.05, 100, MicroBatches,
        [new(Flip, "value", null, 10, 1, []), new(Gentle, "value", new Strength("soft", 0.5), null, 1, []), new(Pair, "agreed", null, null, 1, [])],
        [
            new(Exact, ["value"], [], [], 0, SharesLots: false, KeepsWeights: true, Convicts: false, []),
            new(Lot, [], ["agreed"], [], 0.5, SharesLots: true, KeepsWeights: true, Convicts: true, []),
        ],
        [
            Row(LeagueSettings.NoAttack, LeagueSettings.Undefended),
            Row(Flip, LeagueSettings.Undefended) with { Attacks = 10, AttackedAttempts = 10, Perplexity = 40, Weights = "b" },
            Row(Gentle, LeagueSettings.Undefended) with { Attacks = 10, AttackedAttempts = 10, Perplexity = 10.1, Weights = "c" },
            Row(Pair, LeagueSettings.Undefended) with { Attacks = 10, AttackedAttempts = 10, Perplexity = 20, Weights = "d" },
            Row(LeagueSettings.NoAttack, Exact) with { Checks = 60, CpuSeconds = 3, Bytes = 3000 },
            Row(Flip, Exact) with { Checks = 60, Attacks = 10, AttackedAttempts = 10, Detected = 10, CaughtAttempts = 10, Delay = 1, CpuSeconds = 4 },
            Row(Gentle, Exact) with { Checks = 60, Attacks = 10, AttackedAttempts = 10, Detected = 9, Averted = 1, CaughtAttempts = 10, Delay = 1 },
            Row(Pair, Exact) with { Checks = 60, Attacks = 10, AttackedAttempts = 10, Perplexity = 20, Weights = "d" },
            Row(LeagueSettings.NoAttack, Lot) with { Checks = 6, CpuSeconds = 2.2 },
            Attacked(Flip, detected: 12) with { Delay = 2, Perplexity = 20, Weights = "e" },
            Attacked(Pair, detected: 15) with { Delay = 1, Perplexity = 11, Weights = "f" },
        ]);

    public static LeagueRow Row(string attacker, string detector) => new()
    {
        Attacker = attacker,
        Detector = detector,
        Family = "gpt2",
        Seed = 1,
        Identity = detector == LeagueSettings.Undefended && attacker == LeagueSettings.NoAttack ? "clean" : $"{attacker} {detector}",
        CleanIdentity = "clean",
        Program = "1",
        Done = true,
        Reason = null,
        Iterations = 10,
        Attempts = 10,
        Attacks = 0,
        Detected = 0,
        Averted = 0,
        Delay = null,
        AttackedAttempts = 0,
        CaughtAttempts = 0,
        Checks = 0,
        FalseFindings = 0,
        FalseConvictions = 0,
        Perplexity = 10,
        Weights = "a",
        CpuSeconds = 2,
        Bytes = 1000,
        Shuffled = new ShuffledTruth(80, 20, 8, 2),
    };

    private static LeagueRow Attacked(string attacker, long detected) =>
        Row(attacker, Lot) with { Checks = 6, Attacks = 16, AttackedAttempts = 16, Detected = detected, CaughtAttempts = detected };

    /// <summary>The same league with one row changed.</summary>
    public static LeagueResults With(string attacker, string detector, Func<LeagueRow, LeagueRow> change) =>
        Whole.With(change(Whole.Rows.Single(row => row.Attacker == attacker && row.Detector == detector)));
}
