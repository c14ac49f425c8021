using PipelineRobustness.Cli;

namespace PipelineRobustness.Tests.Cli;

/// <summary>Commands in this process.</summary>
internal static class Commands
{
    /// <summary>Executes one, and returns what it wrote.</summary>
    public static async Task<(int Code, string Output, string Error)> InvokeAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.InvokeAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
