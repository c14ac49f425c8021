using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Convictions;

/// <summary>Holds evidence against the output folder of its run: the event log, and the checkpoint of the commit before, if it is there.</summary>
public static class EvidenceInRun
{
    /// <summary>What does not hold; null for nothing.</summary>
    /// <param name="file">The evidence.</param>
    /// <param name="folder">The output folder.</param>
    public static EvidenceResult? Fault(EvidenceFile file, ExperimentFolder folder)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(folder);
        var content = file.Content;
        var events = EventReader.Read(folder.Events);
        if (events.Records.GetValueOrDefault(content.Run) is not { } record || record.Identity != content.Identity)
            return EvidenceResult.Fails($"run {content.Run} of identity {content.Identity} in {folder.Events}", "no such run");
        return FaultOfState(content, record, folder.Events)
            ?? FaultOfRuling(file, events.RulingsOf(content.Run), folder.Events)
            ?? FaultOfCheckpoint(content, folder);
    }

    // Version 0 is in no line: it is drawn from the seed, or read from the model's folder.
    private static EvidenceResult? FaultOfState(EvidenceContent content, RunRecord record, string events)
    {
        var version = content.Commit.Version;
        if (version > record.Iterations) return EvidenceResult.Fails($"{version} iterations in {events}", $"{record.Iterations}");
        return version == 0 || record.DigestsAt(version).SequenceEqual(content.Commit.Digests) ? null
            : EvidenceResult.Fails($"the states of version {version} as in {events}", "others");
    }

    private static EvidenceResult? FaultOfRuling(EvidenceFile file, IReadOnlyList<Ruling> rulings, string events)
    {
        var content = file.Content;
        var node = file.Signatures.FirstOrDefault(signature => signature.Stage == content.Stage)?.Node;
        var whose = $"stage {content.Stage}{(node is null ? "" : $" on {node}")}";
        return rulings.Any(IsOfThis) ? null
            : EvidenceResult.Fails($"a ruling against {whose} with this evidence in {events}", "none");

        bool IsOfThis(Ruling ruling) => ruling.Convicted is { } convicted
            && (ruling.Iteration, ruling.Attempt, ruling.Act, ruling.MicroBatch) == (content.Iteration, content.Attempt, content.Act, content.MicroBatch)
            && (convicted.Stage, convicted.Seat, convicted.Evidence) == (content.Stage, content.Seat, content.Evidence)
            && (node is null || node == convicted.Node.Name);
    }

    private static EvidenceResult? FaultOfCheckpoint(EvidenceContent content, ExperimentFolder folder)
    {
        var store = RunCheckpoints.Open(content.Run, content.Identity, folder);
        if (store.Whole(content.Run, _ => { }).FirstOrDefault(one => one.Version == content.Commit.Version) is not { } checkpoint) return null;
        try
        {
            using var whole = store.Read(checkpoint, BlockRange.Whole(content.Numbers.Model), content.Numbers.Model);
            return BlockDigests.Fault(content, whole, $"the checkpoint in {store.FolderOf(checkpoint.Version, checkpoint.Ballot)}");
        }
        catch (BadInputException e)
        {
            return EvidenceResult.Fails("a checkpoint of the evidence's model", e.Message);
        }
    }
}
