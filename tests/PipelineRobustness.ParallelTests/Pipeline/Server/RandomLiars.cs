using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>Stages that say something false now and then, the same in every replay; their successors say the truth.</summary>
internal sealed class RandomLiars
{
    private readonly int _seed;
    private readonly double _rate;
    private readonly ImmutableHashSet<Said> _said;

    private RandomLiars(int seed, ImmutableSortedSet<int> stages, double rate, ImmutableHashSet<Said> said) =>
        (_seed, Stages, _rate, _said) = (seed, stages, rate, said);

    /// <summary>The stages.</summary>
    public ImmutableSortedSet<int> Stages { get; }

    /// <summary>Whether two that lie about the same may say the same, as colluders do.</summary>
    private bool IsAlike { get; init; }

    /// <summary>Draws them.</summary>
    public static RandomLiars Of(int seed, int stages, int most, bool isAlike = false)
    {
        var random = new Random(seed);
        var who = Enumerable.Range(0, stages).OrderBy(_ => random.Next()).Take(random.Next(1, most + 1)).ToImmutableSortedSet();
        var said = Enum.GetValues<Said>().Where(_ => random.Next(3) > 0).ToImmutableHashSet();
        return new RandomLiars(seed, who, Math.Pow(random.NextDouble(), 3), said) { IsAlike = isAlike };
    }

    /// <summary>What is said: the truth, or one of two lies.</summary>
    public Claim Says(Saying saying, Claim honest)
    {
        if (saying.Seat > 0 || !Stages.Contains(saying.Stage) || !_said.Contains(saying.What)) return honest;
        var draw = new Random(HashCode(saying));
        return draw.NextDouble() >= _rate ? honest : Truth.Of($"false {draw.Next(2)}{(IsAlike ? "" : $" of {saying.Stage}")}");
    }

    /// <summary>Which honest stage was convicted, in words; null for none.</summary>
    public string? Framed(CoordinatorWorld world) => world.Events.OfType<RulingMade>().Select(made => made.Ruling)
        .Where(ruling => ruling.Convicted is { } convicted && (!Stages.Contains(convicted.Stage) || convicted.Seat > 0))
        .Select(ruling => $"{ruling} convicts an honest stage").FirstOrDefault();

    // Also in another process.
    private int HashCode(Saying saying)
    {
        int[] parts = [(int)saying.Work.Iteration, saying.Work.Attempt, saying.Stage, (int)saying.What, saying.MicroBatch];
        return parts.Aggregate(_seed, (hash, part) => (hash * 997) + part);
    }
}
