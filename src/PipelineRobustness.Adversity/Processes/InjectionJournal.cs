using System.Globalization;
using System.Text;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>
/// A folder, shared by all processes of an experiment, that holds a note for every event of a scenario that has been injected.
/// A note is written before its event takes effect and is on the disk by then, so that the death that it causes cannot lose it;
/// and only once, by the first process that reaches it. The folder also records which processes there are, and which holds the
/// central server.
/// </summary>
/// <param name="folder">The folder; it may not exist yet.</param>
/// <param name="clock">The time; all processes run on one machine.</param>
public sealed class InjectionJournal(string folder, TimeProvider clock)
{
    // The names of files are read by run-cluster.sh as well.
    private const string ServerName = "server", BeginningName = "began", NodePrefix = "process-", MarkName = "mark", EventPrefix = "event-";

    /// <summary>The node that holds the central server, and its process; null where none does, or it has ended.</summary>
    public (string Node, ProcessMark Process)? Server => Content(Path.Combine(folder, ServerName)) is [var node, var mark]
        && ProcessMark.Read(mark) is { IsAlive: true } process ? (node, process) : null;

    /// <summary>The nodes of this machine that have joined and are alive, by name.</summary>
    public IEnumerable<string> Nodes => Directory.EnumerateDirectories(folder, NodePrefix + "*")
        .Where(node => Content(Path.Combine(node, MarkName)) is [var mark] && ProcessMark.Read(mark) is { IsAlive: true })
        .Select(node => Path.GetFileName(node)[NodePrefix.Length..]);

    /// <summary>Whether a process of the experiment has asked for its beginning.</summary>
    public bool HasBegun => File.Exists(Path.Combine(folder, BeginningName));

    /// <summary>Notes an event.</summary>
    /// <param name="index">Its place in the scenario, counted from 0.</param>
    /// <param name="number">Which time it is, counted from 1, for an event at a rate; else 0.</param>
    /// <param name="failure">The event.</param>
    /// <param name="node">The node that it happens to.</param>
    /// <returns>False where it was noted before: it has been injected, or is about to be, and must not be again.</returns>
    /// <exception cref="IOException">The disk refuses.</exception>
    public bool TryNote(int index, long number, Failure failure, string node)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return TryWrite(Name(index, failure) + (number > 0 ? string.Create(CultureInfo.InvariantCulture, $".{number}") : ""), $"{node}\n{failure}\n");
    }

    /// <summary>How often an event was noted.</summary>
    public int Times(int index, Failure failure) => Notes(index, failure).Count();

    /// <summary>When an event was noted last; null where it never was.</summary>
    public DateTimeOffset? Last(int index, Failure failure) =>
        Notes(index, failure).Select(file => (DateTimeOffset?)File.GetLastWriteTimeUtc(file)).Max();

    /// <summary>Deletes the notes: the experiment begins from its start.</summary>
    public void Clear()
    {
        foreach (var note in Notes(EventPrefix).Concat(Notes(BeginningName)).ToArray()) File.Delete(note);
    }

    /// <summary>Compares the notes with a scenario.</summary>
    /// <exception cref="BadInputException">A note matches no event: the scenario was edited, or is another.</exception>
    public void ThrowIfOfAnother(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        var known = scenario.Failures.Select((failure, index) => (Name: Name(index, failure), Event: $"{failure}")).ToList();
        foreach (var note in Notes(EventPrefix).Order(StringComparer.Ordinal))
        {
            // A process that died while it wrote a note left it without its event.
            if (Content(note) is [_, var noted] && !known.Contains((Path.GetFileName(note).Split('.')[0], noted)))
                throw new BadInputException($"{note}: expected a note of the scenario {scenario.Name}, found one of another: {noted}");
        }
    }

    /// <summary>When the first process of the experiment asked: a scenario's times count from then on.</summary>
    public DateTimeOffset Begun()
    {
        TryWrite(BeginningName, "");
        return File.GetLastWriteTimeUtc(Path.Combine(folder, BeginningName));
    }

    /// <summary>A node has joined.</summary>
    public void EnterNode(string node, ProcessMark process) => Replace(Path.Combine(NodePrefix + node, MarkName), $"{process}");

    /// <summary>A node holds the central server from now on.</summary>
    public void EnterServer(string node, ProcessMark process) => Replace(ServerName, $"{node}\n{process}\n");

    private static string Name(int index, Failure failure) =>
        string.Create(CultureInfo.InvariantCulture, $"{EventPrefix}{index + 1}-{failure.Word}");

    private IEnumerable<string> Notes(int index, Failure failure) => Notes(Name(index, failure));

    private IEnumerable<string> Notes(string prefix) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, prefix + "*") : [];

    private bool TryWrite(string name, string text)
    {
        DurableFolder.Create(folder);
        try
        {
            using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
            File.SetLastWriteTimeUtc(file.SafeFileHandle, clock.GetUtcNow().UtcDateTime);
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, name)))
        {
            return false;
        }

        DurableFolder.Flush(folder);
        return true;
    }

    private static string[] Content(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];

    // Atomically, since other processes read it at any time.
    private void Replace(string name, string text)
    {
        var path = Path.Combine(folder, name);
        DurableFolder.Create(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));
    }
}
