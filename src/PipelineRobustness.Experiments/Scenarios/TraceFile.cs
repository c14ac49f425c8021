using System.Globalization;
using System.Text.RegularExpressions;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>A machine joined or left.</summary>
/// <param name="At">When, on the trace's clock.</param>
/// <param name="Comes">Whether it joined.</param>
/// <param name="Machine">Which.</param>
internal sealed record TraceLine(TimeSpan At, bool Comes, string Machine);

/// <summary>
/// A record of machines that joined and left: lines <c>milliseconds,add,name</c> and <c>milliseconds,remove,name</c> in the order
/// of time, without a header.
/// </summary>
internal static partial class TraceFile
{
    private const long BytesMax = 64 << 20;
    private const string Expected = "milliseconds, add or remove, and a machine's name, such as 480000,add,node1";

    /// <summary>Reads a trace.</summary>
    /// <exception cref="BadInputException">It cannot be read, or a line of it is wrong; file and line are named.</exception>
    public static IReadOnlyList<TraceLine> Read(string path)
    {
        var name = OneLine.Of(Path.GetFileName(path));
        var (lines, here) = (new List<TraceLine>(), new HashSet<string>(StringComparer.Ordinal));
        var number = 0;
        foreach (var text in UserFile.ReadText(path, BytesMax).Split('\n'))
        {
            number++;
            if (text.AsSpan().Trim().IsEmpty) continue;
            var line = Line(text) ?? throw new BadInputException($"{name}:{number}: expected {Expected}, found {OneLine.Of(text)}");
            if (lines.Count > 0 && line.At < lines[^1].At)
                throw new BadInputException($"{name}:{number}: expected lines in the order of time, found {OneLine.Of(text)}");
            if (!(line.Comes ? here.Add(line.Machine) : here.Remove(line.Machine)))
                throw new BadInputException($"{name}:{number}: expected a machine that is {(line.Comes ? "not yet " : "")}there, found {OneLine.Of(text)}");
            lines.Add(line);
        }

        return lines.Count > 0 ? lines : throw new BadInputException($"{name}: expected {Expected}, found no line");
    }

    private static TraceLine? Line(string text) => Form().Match(text) is { Success: true } match
        ? new TraceLine(
            TimeSpan.FromMilliseconds(long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)), match.Groups[2].Value == "add",
            match.Groups[3].Value)
        : null;

    [GeneratedRegex(@"^([0-9]{1,12}),(add|remove),([A-Za-z0-9._-]{1,64})\r?\z")]
    private static partial Regex Form();
}
