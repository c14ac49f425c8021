// A program that hosts stages of an experiment: one more node of a cluster that `pipeline-robustness node` founded. It never leads.
//
//   dotnet run -c Release --project samples/CarryStages -- FILE.conf OUTPUT-FOLDER HOST:PORT
using Microsoft.Extensions.Hosting;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;

return await PipelineProgram.RunAsync("CarryStages", async () =>
{
    if (args is not [var file, var output, var seedNode])
        throw new BadInputException($"expected FILE.conf OUTPUT-FOLDER HOST:PORT, found {args.Length} arguments");

    var settings = ExperimentSettings.Read(file, ["cluster.name = carrier", $"cluster.seed-nodes = [\"{seedNode}\"]"], seed: null);
    using var experiment = PreparedExperiment.Prepare(settings, CorpusEnvironment.ForUser(new Progress<string>(Console.WriteLine))).WithTensors();
    using var folder = ExperimentFolder.At(output);
    var catalog = new RunCatalog(experiment, folder, TimeProvider.System, RunParts.Store);
    var builder = Host.CreateApplicationBuilder();
    builder.Services.AddPipelineNode(
        ExperimentNode.Options(experiment, catalog, Console.WriteLine), new SharingRuns(catalog, folder), catalog.Plans);
    return await builder.Build().RunPipelineNodeAsync();
});
