using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>The evidence that a tiny run leaves of a conviction. A changed byte must make it not hold, or not readable.</summary>
public sealed class FlippedEvidence : IFlipped
{
    private const int Stages = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-flipped-").FullName;
    private readonly string _conviction;
    private readonly (string Path, byte[] Bytes)[] _files;

    /// <summary>Runs it.</summary>
    public FlippedEvidence()
    {
        var workload = new Workload(Layers: Stages, Hidden: 8, Heads: 2, Vocabulary: 29, Time: 4, MicroBatches: 1, MicroBatchSize: 1);
        var plan = workload.Plan(Stages, iterations: 1) with { Defence = new DefenceSettings { Remedy = "referee" } };
        var ports = new RunPorts
        {
            Behaviour = new Adversary(plan.Seed, Stages, [], [new FalseClaim { Stage = ["1"] }]),
            Evidence = new EvidenceFolder(_folder, "0123456789abcdef", () => { }),
        };
        using (PipelineHost.RunAsync(new RunSpec(plan, workload.Weights, workload.Data, ports), new Unobserved()).GetAwaiter().GetResult())
            _conviction = Directory.GetDirectories(_folder).Single();
        _files = [.. Directory.GetFiles(_conviction).Order(StringComparer.Ordinal).Select(path => (path, File.ReadAllBytes(path)))];
    }

    /// <inheritdoc/>
    public string Flip(int file, int at, int value)
    {
        var (path, good) = _files[file % _files.Length];
        var changed = (byte[])good.Clone();
        changed[at % good.Length] ^= (byte)(1 + value % byte.MaxValue);
        try
        {
            File.WriteAllBytes(path, changed);
            return !IsWhole() ? Path.GetFileName(path) : throw new InvalidDataException($"byte {at % good.Length} of {path} was changed, and it holds");
        }
        finally
        {
            File.WriteAllBytes(path, good);
        }
    }

    /// <inheritdoc/>
    public bool IsWhole()
    {
        try
        {
            return EvidenceCheck.Read(_conviction).Verify().Verdict == EvidenceVerdict.Holds;
        }
        catch (BadInputException)
        {
            return false;
        }
    }

    /// <summary>Deletes the folder.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Unobserved : IRunObserver
    {
        public void Observe(RunEvent occurrence)
        {
        }
    }
}
