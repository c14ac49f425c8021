using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.League;

/// <summary>The text of <c>league.json</c>, read strictly: a field that is unknown, absent, twice there or of another type is refused.</summary>
public static class LeagueJson
{
    /// <summary>The file's name.</summary>
    public const string FileName = "league.json";

    /// <summary>The name of its schema (docs/league.md).</summary>
    public const string Schema = "pipeline-robustness/league";

    /// <summary>The schema's version, one more with every change that a reader has to know of.</summary>
    public const int Version = 1;

    private const long BytesMost = 1L << 28;

    // Of anything that is counted, so that sums of all rows do not overflow.
    private const long Most = 1L << 50;

    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        IgnoreReadOnlyProperties = true,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private static readonly JsonSerializerOptions OneLineEach = new(Strict) { WriteIndented = false };

    /// <summary>The file's text.</summary>
    public static string Text(LeagueResults results) => JsonSerializer.Serialize(new Document(Schema, Version, results), Strict) + "\n";

    /// <summary>Writes the file.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="NotSavedException">It cannot be written.</exception>
    /// <exception cref="FolderTakenException">The folder is not this process's any more.</exception>
    public static string Save(LeagueResults results, ExperimentFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var path = folder.Full(FileName);
        return NotSavedException.Try(FileName, () =>
        {
            folder.Write(path, Text(results));
            return path;
        });
    }

    /// <summary>Anything of it in one line.</summary>
    internal static string Line<T>(T value) => JsonSerializer.Serialize(value, OneLineEach);

    /// <summary>What a line says.</summary>
    /// <exception cref="JsonException">It is not as <see cref="Line"/> writes it.</exception>
    internal static T ReadLine<T>(string line) => JsonSerializer.Deserialize<T>(line, OneLineEach) ?? throw new JsonException("expected a value, found null");

    /// <summary>Reads a file.</summary>
    /// <exception cref="BadInputException">It is absent, or not of this schema and version; the message has one line.</exception>
    public static LeagueResults Read(string path) => Read(UserFile.ReadBytes(path, BytesMost), OneLine.Of(path));

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">The file's name, for errors.</param>
    /// <exception cref="BadInputException">It is not of this schema and version.</exception>
    public static LeagueResults Read(byte[] text, string source)
    {
        try
        {
            var (schema, version) = Heading(text);
            if (schema != Schema || version != Version)
                throw new BadInputException($"{source}: expected schema {Schema}, version {Version}, found {OneLine.Of(schema)}, version {version}");

            var results = JsonSerializer.Deserialize<Document>(text, Strict)!.Results;
            return Fault(results) is not { } fault ? results : throw new BadInputException($"{source}: {fault}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            var found = e is JsonException { Path: { } path } error ? $"{JsonErrors.Of(error)} ({OneLine.Of(path)})"
                : e is JsonException syntax ? JsonErrors.Of(syntax) : "something else";
            throw new BadInputException($"{source}: expected results of a league (docs/league.md), found {found}", e);
        }
    }

    // Before all else, so that another version is named and not its first new field.
    private static (string Schema, int Version) Heading(byte[] text)
    {
        using var document = JsonDocument.Parse(text);
        return (document.RootElement.GetProperty("schema").GetString() ?? "null", document.RootElement.GetProperty("version").GetInt32());
    }

    private static string? Fault(LeagueResults results)
    {
        var attackers = results.Attackers.Select(attacker => attacker.Name).Append(LeagueSettings.NoAttack).ToHashSet();
        var detectors = results.Detectors.Select(detector => detector.Name).Append(LeagueSettings.Undefended).ToHashSet();
        if (attackers.Count <= results.Attackers.Count || detectors.Count <= results.Detectors.Count)
            return "expected each attacker and each detector once, found one twice";

        var seen = new HashSet<CellKey>();
        foreach (var (index, row) in results.Rows.Index())
        {
            if (!attackers.Contains(row.Attacker)) return $"rows[{index}].attacker: expected one of the attackers, found {OneLine.Of(row.Attacker)}";
            if (!detectors.Contains(row.Detector)) return $"rows[{index}].detector: expected one of the detectors, found {OneLine.Of(row.Detector)}";
            if (!seen.Add(row.Key)) return $"rows[{index}]: expected each cell once, found {OneLine.Of(row.Key.ToString())} twice";
            if (Count(row) is { } count) return $"rows[{index}].{count}";
        }

        return null;
    }

    private static string? Count(LeagueRow row)
    {
        (string Name, long Number, long Most)[] counts =
        [
            ("iterations", row.Iterations, row.Attempts), ("attempts", row.Attempts, Most), ("attacks", row.Attacks, Most),
            ("detected", row.Detected, row.Attacks), ("averted", row.Averted, row.Attacks - row.Detected),
            ("delay", row.Delay ?? 1, Math.Max(row.Attacks, 1)), ("attackedAttempts", row.AttackedAttempts, row.Attacks),
            ("caughtAttempts", row.CaughtAttempts, row.AttackedAttempts), ("checks", row.Checks, Most),
            ("falseFindings", row.FalseFindings, Most), ("falseConvictions", row.FalseConvictions, Most),
            ("bytes", row.Bytes, Most), ("shuffled.named", row.Shuffled.Named, row.Shuffled.Slots),
            ("shuffled.attacks", row.Shuffled.Attacks, row.Shuffled.Slots),
            ("shuffled.hits", row.Shuffled.Hits, Math.Min(row.Shuffled.Attacks, row.Shuffled.Named)),
        ];
        var (name, number, most) = counts.FirstOrDefault(count => count.Number < 0 || count.Number > count.Most);
        if (name is not null)
            return FormattableString.Invariant($"{name}: expected 0 to {most}, found {number}");

        if ((row.Caught == 0) != (row.Delay is null) || (row.Caught == 0) != (row.CaughtAttempts == 0) || (row.Attacks == 0) != (row.AttackedAttempts == 0))
            return "delay, attackedAttempts, caughtAttempts: expected those of as many attacks, found others";
        if (row.Done != (row.Reason is null) || (!row.Done && (row.Perplexity ?? (object?)row.Weights) is not null))
            return "done: expected a reason, and no weights and perplexity, where it is false, found otherwise";

        return row.CpuSeconds >= 0 && row.Perplexity is null or > 0 ? null : "cpuSeconds, perplexity: expected no negative number, found one";
    }

    private sealed record Document(string Schema, int Version, LeagueResults Results);
}
