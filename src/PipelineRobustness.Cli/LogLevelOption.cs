using System.CommandLine;
using Microsoft.Extensions.Logging;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;

namespace PipelineRobustness.Cli;

/// <summary><c>--log-level</c>: what this process, Akka included, logs on standard error.</summary>
internal sealed class LogLevelOption
{
    private static readonly string Expected = string.Join(", ", Enum.GetNames<LogLevel>()).ToLowerInvariant();

    private readonly Option<string> _level = new("--log-level")
    {
        Description = $"The lowest level that is logged, on standard error: {Expected}.",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => "none",
    };

    /// <summary>Adds it to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(_level);

    /// <summary>Where the log goes.</summary>
    /// <exception cref="BadInputException">There is no such level.</exception>
    public Action<ILoggingBuilder> Read(ParseResult parsed)
    {
        var text = parsed.GetValue(_level)!;
        var level = Array.Find(Enum.GetValues<LogLevel>(), one => one.ToString().Equals(text, StringComparison.OrdinalIgnoreCase));
        if (!level.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"{_level.Name}: expected one of {Expected}, found {(text.Length > 0 ? OneLine.Of(text) : "nothing")}");
        return logging => logging.AddStandardError(level);
    }
}
