using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>Errors in one line.</summary>
internal static class Lines
{
    /// <summary>The first line of an exception's message.</summary>
    public static string OfMessage(Exception e) => e.Message.Split('\n', 2)[0].Trim();

    /// <summary>The type of an exception and the first line of its message.</summary>
    public static string First(Exception e)
    {
        var line = OfMessage(e);
        return e is StageException or BadInputException ? line : $"{e.GetType().Name}: {line}";
    }
}
