using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>Spectre's console over a writer.</summary>
internal static class Consoles
{
    private const int WidthWithoutTerminal = 160;

    /// <summary>A console that knows whether <paramref name="writer"/> is a terminal; if it is not, tables may be wide.</summary>
    public static IAnsiConsole Over(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = WidthWithoutTerminal;

        return console;
    }
}
