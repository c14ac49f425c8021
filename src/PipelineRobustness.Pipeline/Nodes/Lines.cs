using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>Errors in one line.</summary>
internal static class Lines
{
    /// <summary>The kind of an exception and the first line of what it says.</summary>
    public static string First(Exception e)
    {
        var line = e.Message.Split('\n', 2)[0].Trim();
        return e is StageException or BadInputException ? line : $"{e.GetType().Name}: {line}";
    }
}
