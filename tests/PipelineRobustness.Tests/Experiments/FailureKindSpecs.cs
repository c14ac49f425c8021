using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Each kind of failure takes effect when injected alone, and the run ends with the undisturbed bits.</summary>
public sealed class FailureKindSpecs
{
    public static TheoryData<string, int> OfTheServer => new()
    {
        { "pause", 3 }, { "pause", 20 }, { "partition", 3 }, { "partition", 20 }, { "lose", 1 }, { "delay", 3 }, { "duplicate", 1 }, { "reorder", 3 },
    };

    /// <summary>Seconds on both sides of what the others take to give it up (6 s).</summary>
    [Theory, MemberData(nameof(OfTheServer))]
    public void A_fault_of_the_server_changes_no_bit(string kind, int seconds)
    {
        // Without a referee there are no hearings.
        foreach (var phase in Enum.GetValues<IterationPhase>().Where(phase => phase != IterationPhase.Hearing))
        {
            var failure = FailureOf.Kind(kind, seconds, count: 5) with { Target = new(TargetKind.Server), At = new(1, phase) };
            SmallCase.Of("substitute", CopyPlacement.Ring).EndsRight(failure);
        }
    }

    public static TheoryData<CorruptedPart, CorruptionPattern> NoNumbers => [.. from part in Enum.GetValues<CorruptedPart>()
        from pattern in (CorruptionPattern[])[CorruptionPattern.NotANumber, CorruptionPattern.Infinite]
        select (part, pattern)];

    [Theory, MemberData(nameof(NoNumbers))]
    public void A_value_corrupted_to_not_a_number_is_detected(CorruptedPart part, CorruptionPattern pattern)
    {
        foreach (var remedy in (string[])["substitute", "restart"])
            SmallCase.Of(remedy, CopyPlacement.Ring).EndsRight(SmallCase.Corrupt(2, part, 1, pattern));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void Reordered_messages_change_no_bit(int count) => SmallCase.Of("substitute", CopyPlacement.Ring).EndsRight(new Reorder
    {
        Target = new(TargetKind.Stage, 2),
        At = new(1, IterationPhase.Backward),
        Count = count,
        Lasts = TimeSpan.FromSeconds(3),
    });
}
