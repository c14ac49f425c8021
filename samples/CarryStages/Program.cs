// A program that hosts stages of an experiment: one more node of a cluster that `pipeline-robustness node` founded. It never leads.
//
//   dotnet run -c Release --project samples/CarryStages -- FILE.conf OUTPUT-FOLDER HOST:PORT
using Microsoft.Extensions.Hosting;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Text.Corpora;

var (file, folder, seedNode) = (args[0], args[1], args[2]);
var settings = ExperimentSettings.Read(file, ["cluster.name = carrier", $"cluster.seed-nodes = [\"{seedNode}\"]"], seed: null);
using var experiment = PreparedExperiment.Prepare(settings, CorpusEnvironment.ForUser(new Progress<string>(Console.WriteLine))).WithTensors();
var catalog = new RunCatalog(experiment, ExperimentFolder.At(folder), TimeProvider.System, RunParts.Store);

var builder = Host.CreateApplicationBuilder();
builder.Services.AddPipelineNode(ExperimentNode.Options(experiment, catalog, Console.WriteLine), catalog, catalog.Plans);
return ExitCode.Of(await builder.Build().RunPipelineNodeAsync());
