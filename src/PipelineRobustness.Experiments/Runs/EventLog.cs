using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// <c>events.jsonl</c>: a line of JSON for the beginning of every run, every committed iteration, verdict, evaluation, long
/// wait and recovery. Opening replaces the file with a new one that holds the lines to keep, so that a paused process that still
/// has the former file open writes to a file without a name.
/// </summary>
public sealed class EventLog : IDisposable
{
    private static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ExperimentFolder _folder;

    // The file that has the name; another one after a cut.
    private FileStream _file;

    /// <summary>Opens the file. Only the complete lines of <paramref name="kept"/> runs stay in it.</summary>
    /// <exception cref="FolderTakenException">Another process has claimed the folder.</exception>
    public EventLog(ExperimentFolder folder, IReadOnlySet<string> kept)
    {
        _folder = folder;
        folder.Replace(folder.Events, file => Keep(folder.Events, (run, _) => kept.Contains(run), file));
        _file = Append(folder.Events);
    }

    /// <summary>Writes the line with which a run begins: its name, its identity and what decides its numbers.</summary>
    /// <param name="run">Its name.</param>
    /// <param name="identity">Its identity.</param>
    /// <param name="content">What its identity is made of.</param>
    /// <exception cref="FolderTakenException">Another process has claimed the folder.</exception>
    public void Begin(string run, string identity, JsonObject content) => Write(run, [EventLine.OfBeginning(identity, content)]);

    /// <summary>Writes an event of a run, its verdicts before it.</summary>
    /// <exception cref="FolderTakenException">Another process has claimed the folder.</exception>
    public void Write(string run, RunEvent occurrence) => Write(run, EventLine.Of(occurrence));

    /// <summary>Removes a run's lines of what lies after so many iterations: as <see cref="RunRecord.CutTo"/>.</summary>
    /// <exception cref="FolderTakenException">Another process has claimed the folder.</exception>
    public void CutTo(string run, long iterations)
    {
        _folder.Replace(_folder.Events, file => Keep(_folder.Events, (name, line) => name != run || !EventLine.IsAfter(line, iterations), file));
        _file.Dispose();
        _file = Append(_folder.Events);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(string run, IEnumerable<JsonObject> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            line.Insert(0, "run", run);
            text.Append(line.ToJsonString(Line)).Append('\n');
        }

        if (text.Length == 0)
            return;

        _folder.ThrowIfLost();
        _file.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    // Without a buffer: what could not be written is not tried again when the file is closed.
    private static FileStream Append(string path) =>
        new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static void Keep(string path, Func<string, string, bool> isKept, FileStream file)
    {
        using var writer = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        foreach (var (run, lines) in new EventReader().Whole(path))
            foreach (var line in lines.Where(line => isKept(run, line)))
                writer.WriteLine(line);
    }
}
