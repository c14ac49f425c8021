using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>
/// Verifies the evidence of a conviction by itself: nothing is read but its two files, and nothing is believed that can be computed from
/// them. To be called on a thread that has not computed yet, since one that has keeps its number of threads.
/// </summary>
/// <param name="folder">The conviction's folder.</param>
/// <param name="file">What is written there.</param>
public sealed class EvidenceCheck(string folder, EvidenceFile file)
{
    /// <summary>What is written.</summary>
    public EvidenceFile File => file;

    private EvidenceContent Content => file.Content;

    /// <summary>Reads a conviction's folder.</summary>
    /// <exception cref="BadInputException">It cannot be read as evidence.</exception>
    public static EvidenceCheck Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new BadInputException($"{folder}: expected the folder of a conviction, found {(Path.Exists(folder) ? "a file" : "nothing there")}");
        string[] files = [Path.Combine(folder, EvidenceFolder.TextName), Path.Combine(folder, EvidenceFolder.ExhibitsName)];
        return Array.Exists(files, Path.Exists) ? new(folder, EvidenceText.Read(files[0]))
            : throw new BadInputException($"{folder}: expected the folder of one conviction, DIR/evidence/RUN-ITERATION-ATTEMPT-STAGE, found another");
    }

    /// <summary>Verifies it.</summary>
    /// <exception cref="BadInputException">The exhibits cannot be read.</exception>
    public EvidenceResult Verify()
    {
        var fault = Signed() ?? Consistent() ?? GroundsCheck.Fault(file) ?? ExhibitCheck.Fault(Path.Combine(folder, EvidenceFolder.ExhibitsName), Content);
        return fault ?? new EvidenceResult(EvidenceVerdict.Holds, $"{Title}: {Content.Line}; it rests on {Content.RestsOn}");
    }

    /// <summary>Whether tokens and targets among the exhibits are not those of a run; null where they are.</summary>
    /// <param name="data">The run's training data.</param>
    public EvidenceResult? FaultOfTokens(TrainingWindows data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return ExhibitCheck.FaultOfTokens(Path.Combine(folder, EvidenceFolder.ExhibitsName), Content, data);
    }

    /// <summary>Has the calling thread compute as the run's stages did; what it says is that this machine cannot, null where it can.</summary>
    public EvidenceResult? FaultOfMachine() => ExhibitCheck.FaultOfMachine(Content);

    private string Title => FormattableString.Invariant(
        $"run {Content.Run}, iteration {Content.Iteration}, attempt {Content.Attempt}: stage {Content.Stage} is convicted");

    private EvidenceResult? Signed()
    {
        if (!file.IsSigned) return EvidenceResult.Fails("the server's signature of all lines before it", "another");
        if (Content.Grounds is Grounds.MalformedStatement { Fault: RefereeRules.NotSigned })
            return file.Signatures.IsEmpty ? null : EvidenceResult.Fails("no signature of the statement", "one");
        if (!file.Signatures.Select(signature => signature.Stage).SequenceEqual(Content.Statements.Select(statement => statement.Stage)))
            return EvidenceResult.Fails("a signature of each statement", "others");
        var fault = file.Signatures.Zip(Content.Statements).FirstOrDefault(pair => !pair.First.IsOf(Content.Run, Content.Work, pair.Second)).First;
        return fault is null ? null : EvidenceResult.Fails($"the signature of {fault.Node} under the statement of stage {fault.Stage}", "another");
    }

    // What is written twice is written alike, and every number is in its range.
    private EvidenceResult? Consistent()
    {
        var (grounds, numbers, stages) = (Content.Grounds, Content.Numbers, Content.Numbers.Cut.Length);
        numbers.ToRunPlan(Content.Run).Validate();
        return !numbers.Cut.SequenceEqual(NumericPlan.LayersOf(numbers.Model, stages)) ? EvidenceResult.Fails("the cut of the model", "another")
            : Content.Commit.Version < 0 ? EvidenceResult.Fails("a version from 0 on", $"{Content.Commit.Version}")
            // What is stated of an iteration was worked by the weights of as many iterations before.
            : !Content.Statements.IsEmpty && Content.Iteration != Content.Commit.Version
                ? EvidenceResult.Fails($"the commit before iteration {Content.Iteration}", $"version {Content.Commit.Version}")
            : Content.Commit.Digests.Length != stages ? EvidenceResult.Fails($"{stages} digests of states", $"{Content.Commit.Digests.Length}")
            : Content.Step is { } step && step.Coefficients.Length != stages ? EvidenceResult.Fails($"{stages} coefficients", $"{step.Coefficients.Length}")
            : Content.Statements.Select(statement => statement.Stage).Append(Content.Stage).Any(stage => stage < 0 || stage >= stages)
                ? EvidenceResult.Fails($"stages below {stages}", "others")
            : Content.Line != grounds.Line ? EvidenceResult.Fails($"the line \"{grounds.Line}\"", $"\"{Content.Line}\"")
            : Content.RestsOn != grounds.RestsOn ? EvidenceResult.Fails($"that it rests on {grounds.RestsOn}", Content.RestsOn)
            : Content.Evidence != grounds.ToClaim() ? EvidenceResult.Fails($"evidence {grounds.ToClaim()}", $"{Content.Evidence}")
            : null;
    }
}
