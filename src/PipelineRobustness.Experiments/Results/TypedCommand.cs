namespace PipelineRobustness.Experiments.Results;

/// <summary>A command of this program, as it can be typed again.</summary>
public static class TypedCommand
{
    /// <summary>What precedes a command if the program runs from a clone of its repository.</summary>
    public const string InAClone = "dotnet run -c Release --project src/PipelineRobustness.Cli --";

    private const string Installed = "pipeline-robustness";

    private static readonly string BuiltIn = Path.Combine("PipelineRobustness.Cli", "bin") + Path.DirectorySeparatorChar;

    /// <summary>The whole line, depending on where the program runs from.</summary>
    public static string Of(string command) => Of(command, AppContext.BaseDirectory);

    /// <summary>The same for a program in a given folder.</summary>
    internal static string Of(string command, string folder) =>
        $"{(folder.Contains(BuiltIn, StringComparison.Ordinal) ? InAClone : Installed)} {command}";
}
