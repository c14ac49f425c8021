using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Hosting;

/// <summary>Computes what this machine's processor gives for the runs of an experiment.</summary>
internal static class OwnFingerprints
{
    /// <summary>Computes each once, on a thread of its own: libtorch keeps the number of threads, and the system the priority, per thread.</summary>
    public static Task<Fingerprints> ComputeAsync(IReadOnlyCollection<RunPlan> plans, ClusterOptions options)
    {
        if (!plans.Any(plan => plan.ComparesBytes)) return Task.FromResult(Fingerprints.None);
        var done = new TaskCompletionSource<Fingerprints>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Compute) { IsBackground = true, Name = "fingerprints" }.Start();
        return done.Task;

        void Compute()
        {
            try
            {
                ComputeThread.LowerPriority(options.ComputeNiceness);
                done.SetResult(Of(plans, ComputeDevice.Of(options.Capacity.Device)));
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }
    }

    private static Fingerprints Of(IEnumerable<RunPlan> plans, Device device)
    {
        var known = new Dictionary<(ModelConfig, int, int, int), UInt128>();
        return Fingerprints.Of(plans, plan =>
        {
            var threads = plan.Pipeline.IntraOpThreads;
            var shape = (plan.Model, plan.MicroBatchSize, plan.SequenceLength, threads);
            if (known.TryGetValue(shape, out var found)) return found;
            set_num_threads(threads);
            return known[shape] = ProcessorFingerprint.Of(plan.Model, plan.MicroBatchSize, plan.SequenceLength, device);
        });
    }
}
