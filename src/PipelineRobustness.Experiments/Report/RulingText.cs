using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Report;

/// <summary>A ruling in words.</summary>
public static class RulingText
{
    /// <summary>Such as: stage 2 is convicted of its forward pass in iteration 3 (attempt 0, micro-batch 1).</summary>
    public static string Of(Ruling ruling)
    {
        ArgumentNullException.ThrowIfNull(ruling);
        var where = string.Create(CultureInfo.InvariantCulture, $"in iteration {ruling.Iteration} (attempt {ruling.Attempt}{MicroBatch(ruling)})");
        return ruling.Relayed is { } link
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"what stage {link.From} sends stage {link.To} ({Connection(link)}) is disputed {where}, and relayed from now on")
            : string.Create(CultureInfo.InvariantCulture, $"stage {ruling.Convicted!.Stage} is convicted of its {What(ruling.Act)} {where}");
    }

    /// <summary>What was done falsely.</summary>
    public static string What(Act act) => act switch
    {
        Act.Forward or Act.Backward => $"{AttackEvent.Word(act)} pass",
        _ => AttackEvent.Word(act),
    };

    /// <summary>A link's kind.</summary>
    public static string Connection(StageLink link) => link.Link == Link.Tied ? "tied matrix"
        : $"{AttackEvent.Word(link.Act)}, {(link.Link == Link.Jump ? "jump" : "neighbour")}";

    private static string MicroBatch(Ruling ruling) => ruling.MicroBatch is { } m ? $", micro-batch {m}" : "";
}
