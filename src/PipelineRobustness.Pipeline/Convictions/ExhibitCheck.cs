using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>Holds the exhibits against their claims, and works the disputed block again.</summary>
internal static class ExhibitCheck
{
    /// <summary>What does not hold; null for nothing.</summary>
    /// <exception cref="BadInputException">The file of exhibits cannot be read.</exception>
    public static EvidenceResult? Fault(string path, EvidenceContent content)
    {
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(path);
        if (UserFile.Sha256(path) is var digest && digest != content.Exhibits)
            return EvidenceResult.Fails($"{EvidenceFolder.ExhibitsName} with SHA-256 {content.Exhibits}", digest);
        var shown = new ShownExhibits();
        try
        {
            var read = content.Hearing is { } hearing ? Exhibits.Read(file, hearing, content.Numbers, content.Ring, shown) : [];
            // What was read is all that is there, in the one form in which it is written.
            return SafeTensorsWriter.DigestOf(read) != digest ? EvidenceResult.Fails("exhibits that the dispute needs, as they are written", "others")
                : FaultOfWeights(content, shown) ?? (content.Hearing is { } held ? Fault(content, held, shown, Exhibits.TokensOf(read)) : null);
        }
        finally
        {
            shown.Clear();
        }
    }

    /// <summary>Whether tokens and targets among the exhibits are not those of a run; null where they are.</summary>
    public static EvidenceResult? FaultOfTokens(string path, EvidenceContent content, TrainingWindows data)
    {
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(path);
        foreach (var name in file.Tensors.Keys)
        {
            if (Exhibits.TokensOf(name, data, content.Iteration) is not { } tokens) continue;
            using (tokens)
                if (tokens.ToClaim() != file.Read(name).ToClaim()) return EvidenceResult.Fails($"{name} as in the run's text", "others");
        }

        return null;
    }

    /// <summary>Has the calling thread compute as the run's stages did. What does not hold is that this machine cannot; null where it can.</summary>
    public static EvidenceResult? FaultOfMachine(EvidenceContent content)
    {
        set_num_threads(content.Numbers.Threads);
        return content.Numbers.FingerprintOn(CPU) is var own && own == content.Fingerprint ? null : new EvidenceResult(
            EvidenceVerdict.OtherMachine,
            $"this machine computes otherwise: expected one whose processor gives {content.Fingerprint:x32}, found one that gives {own:x32}");
    }

    private static EvidenceResult? FaultOfWeights(EvidenceContent content, ShownExhibits shown)
    {
        var weights = Exhibits.WeightsOf(content.Hearing, shown);
        return weights == content.Weights ? null : EvidenceResult.Fails($"weights with SHA-256 {content.Weights ?? "none"}", weights ?? "none");
    }

    private static EvidenceResult? Fault(EvidenceContent content, Hearing hearing, ShownExhibits shown, PassTokens tokens)
    {
        var missing = hearing.Needed.Where(needed => shown.Find(needed) is null && shown.FindState(needed) is null)
            .Select(exhibit => (exhibit.Key, exhibit.Claim)).ToArray();
        if (content.Grounds is Grounds.NotShown notShown)
        {
            return missing.SequenceEqual(notShown.Exhibits.Select(exhibit => (exhibit.Key, exhibit.Claim))) ? null
                : EvidenceResult.Fails("all exhibits but those that were not shown", "others");
        }

        if (missing is [(var first, _), ..])
            return EvidenceResult.Fails($"an exhibit ({first.Kind} {first.MicroBatch}) with the claim that was stated", "none");
        var stated = ((Grounds.Recomputed)content.Grounds).Result;
        var accused = hearing.Holders.First(holder => holder.Stage == content.Stage);
        if (FaultOfMachine(content) is { } fault) return fault;
        return Worked(content, hearing, shown, tokens) is var (result, trouble) && result != stated
            ? EvidenceResult.Fails($"{stated} when the block is worked again", trouble ?? $"{result}")
            : accused.Claim == stated ? EvidenceResult.Fails("that the stage states something else than comes out", "the same")
            : null;
    }

    // Evidence that was made up may hold numbers that no block can be worked from.
    private static (Claim? Result, string? Trouble) Worked(EvidenceContent content, Hearing hearing, ShownExhibits shown, PassTokens tokens)
    {
        try
        {
            using var work = new Recomputation(content.Numbers.ToRunPlan(content.Run), CPU, hearing, content.Step, tokens, shown);
            while (work.Result is null) work.Advance();
            return (work.Result, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return (null, Lines.First(e));
        }
    }
}
