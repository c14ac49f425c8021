using PipelineRobustness.Cli;
using PipelineRobustness.Hosting;

var console = SteadyConsole.Take(CommandLine.Name);
return await CommandLine.InvokeAsync(args, Console.Out, Console.Error, () => console.OutputFailed);
