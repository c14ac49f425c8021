using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>The keys of a run's audits as its event log tells them: the same work is audited again.</summary>
internal sealed class RecordedAuditKeys : IAuditKeys
{
    private readonly string _path;
    private readonly string _run;
    private readonly Dictionary<AuditOccasion, ulong> _keys;

    private RecordedAuditKeys(string path, string run, IEnumerable<KeyValuePair<AuditOccasion, ulong>> keys) =>
        (_path, _run, _keys) = (path, run, new(keys));

    /// <summary>The keys of each run in an event log, by name.</summary>
    /// <exception cref="BadInputException">There is no such file.</exception>
    public static IReadOnlyDictionary<string, RecordedAuditKeys> Of(string path) => UserFile.Open(path, Read)
        .ToDictionary(run => run.Key, run => new RecordedAuditKeys(path, run.Key, run.Value.AuditKeys));

    // A run's own log may be absent, one that a user names may not.
    private static IReadOnlyDictionary<string, RunRecord> Read(string path) =>
        File.Exists(path) ? EventReader.Of(path) : throw new FileNotFoundException();

    /// <inheritdoc/>
    public ulong Draw(AuditKind kind, long iteration, int attempt) => _keys.TryGetValue(new(kind, iteration, attempt), out var key) ? key
        : throw new BadInputException(
            $"{_path}: expected the key of run {_run}, iteration {iteration}, attempt {attempt} ({EnumWord.Of(kind)}), found none");
}
