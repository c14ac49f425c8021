using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Wire;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// What a node signs of a stage's statement: which run, iteration, attempt and pass it is about, and all that it states. So it holds for
/// no other pass. Ballot and retry are left out: a pass that is repeated after a failure comes to the same statement.
/// </summary>
public static class StatementBytes
{
    // With the name and version of what is signed in front, no signature holds for anything else that the same key signs.
    private static ReadOnlySpan<byte> Label => "pipeline statement 1\n"u8;

    private static readonly WirePart Part = new WireParts().Record(typeof(Signed));

    /// <summary>The bytes.</summary>
    /// <param name="run">The run's name.</param>
    /// <param name="work">The pass.</param>
    /// <param name="statement">The statement.</param>
    public static byte[] Of(string run, StepId work, Statement statement)
    {
        var writer = new WireWriter();
        Label.CopyTo(writer.Give(Label.Length));
        Part.Write(writer, new Signed(run, work.Iteration, work.Attempt, work.Pass, statement));
        return writer.ToArray();
    }

    private sealed record Signed(string Run, long Iteration, int Attempt, int Pass, Statement Statement);
}
