using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// What a conviction rests on, in one line. It follows from the statements alone: the same statements give the same line.
/// </summary>
/// <param name="Text">The line.</param>
internal sealed record Grounds(string Text)
{
    /// <summary>A statement that is incomplete or not signed.</summary>
    public static Grounds Of(RuleBreach.MalformedStatement breach) => new($"statement of stage {breach.Stage}: {breach.Fault}");

    /// <summary>What a stage states about a relayed link is not what the referee was given.</summary>
    public static Grounds Of(RuleBreach.ContradictedRelay breach, PassStatements pass)
    {
        var (link, microBatch) = (breach.Link, breach.MicroBatch);
        var stated = breach.Stage == link.From ? pass.Sent(link, microBatch) : pass.Came(link, microBatch);
        return new($"{link}, micro-batch {microBatch}: stage {breach.Stage} states {stated}, handed on {pass.HandedOnOver(link, microBatch)}");
    }

    /// <summary>What came out in a hearing.</summary>
    public static Grounds Of(Hearing hearing, Claim recomputed) => new($"{Dispute(hearing)}, recomputed {recomputed}");

    /// <summary>What the holders had stated and did not show.</summary>
    public static Grounds Of(Hearing hearing, ImmutableArray<Exhibit> notShown) =>
        new($"{Dispute(hearing)}, not shown {string.Join(", ", notShown.Select(exhibit => $"{exhibit.Key.Kind} {exhibit.Key.MicroBatch} {exhibit.Claim}"))}");

    /// <summary>A state that was given, or is said to have been given, is not that of the last commit.</summary>
    public static Grounds OfState(int block, UInt128 committed, UInt128 given) =>
        new($"state of block {block}: committed {Claim.OfState(committed)}, found {Claim.OfState(given)}");

    /// <summary>The SHA-256 of the line.</summary>
    public Claim ToClaim() => Claim.Read(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    private static string Dispute(Hearing hearing)
    {
        var ((block, value, microBatch), owner, copier) = (hearing.Dispute, hearing.Owner, hearing.Copier);
        return $"{value} of block {block}, micro-batch {microBatch}: stage {owner.Stage} states {owner.Claim}, stage {copier.Stage} states {copier.Claim}";
    }
}
