using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text.Corpora;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary><c>plan FILE.conf</c>: what each stage will hold and send.</summary>
internal static class PlanCommand
{
    private static readonly Column[] Columns =
    [
        new("stage", "stage"), new("layers", "layers"), new("copy of", "copy"), new("parameters", "parameters"), new("weights", "weights"),
        new("gradients", "gradients"), new("moments", "moments"), new("activations", "activations"), new("memory", "memory"),
        new("sends", "sends"), new("jumps", "jumps"), new("tied", "tied"),
    ];

    private static readonly int[] PartsOfMemory = [4, 5, 6, 7];

    public static Command Make(TextWriter output)
    {
        var options = new ExperimentOptions();
        var command = new Command("plan", "Print the cut: layers, parameters, memory and traffic of each stage, and the schedule's bubble.");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Print(PreparedExperiment.Outline(options.Read(parsed), CorpusEnvironment.ForUser(new LineSink(TextWriter.Null))), Consoles.Over(output));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Prints the plan of each run, those that have the same together.</summary>
    public static void Print(PreparedExperiment experiment, IAnsiConsole console)
    {
        foreach (var alike in experiment.Runs.GroupBy(Key))
        {
            var run = alike.First();
            Heading(run, alike.Select(r => r.Settings.Name), console);
            foreach (var note in run.ModelNotes)
                console.WriteLine($"note: {note}");

            var stages = StageCost.Of(run.Settings, run.Model);
            console.Write(Table(stages, console.Profile.Width));
            console.WriteLine();
            if (stages.Sum(stage => stage.Kept) is > 0 and var kept)
            {
                console.WriteLine(
                    $"Of the memory {Amount.Bytes(kept)} are for hearings: inputs and gradients of a pass until the next one begins, and, when "
                    + "activations are gone, each copy's state from before the step. While one lasts it takes up to "
                    + $"{Amount.Bytes(HearingCost.Of(run.Settings, run.Model))} more on the server's machine: a block's state as both holders show it, "
                    + "and the block that the referee works.");
            }
        }

        console.WriteLine(
            "Memory: float32 weights of block and copy, their gradients, AdamW's two moments, and what backward needs of all "
            + "micro-batches (with recomputation, of one, and the inputs of all). An operation's buffers are not included. "
            + "Traffic: what a stage sends in one iteration of one pass: to its neighbours, over jumping connections to and from "
            + "copies, and the tied matrix's gradient.");
        console.WriteLine(ExpectedTime.Of(experiment, EarlierResults.Nothing, TimeProvider.System));
    }

    // Runs that agree in all this have the same plan.
    private static object Key(PreparedRun run) => (
        run.Settings.Model, run.Settings.Pipeline.Stages, run.Settings.Training.MicroBatches, run.Settings.Training.MicroBatchSize,
        run.Settings.Training.SequenceLength, run.Settings.Training.Recompute, run.Settings.Defence.Copies, run.Settings.Defence.Checks,
        run.Settings.Defence.Rule.IsRefereed, run.Settings.DetectorInWords, run.Settings.PluggedIn);

    private static void Heading(PreparedRun run, IEnumerable<string> names, IAnsiConsole console)
    {
        var (settings, training) = (run.Settings, run.Settings.Training);
        var bubble = settings.Pipeline.Schedule.BubbleFraction(settings.Pipeline.Stages, training.MicroBatches);
        console.WriteLine($"runs: {string.Join(", ", names)}");
        console.WriteLine(
            $"{settings.Model.Shown}: {run.Model.Layers} layers, {Amount.Count(Cut.Parameters(run.Model))} parameters, over "
            + $"{settings.Pipeline.Stages} stages; {training.MicroBatches} micro-batches of {training.MicroBatchSize} x {training.SequenceLength} tokens"
            + $"{(training.Recompute ? ", recomputed" : "")}; copies {settings.Defence.Copies.ToString().ToLowerInvariant()}; "
            + (settings.HasOtherDetector ? $"detector {settings.DetectorInWords}; " : "")
            + (settings.PluggedIn is { Length: > 0 } parts ? $"{parts}; " : "")
            + string.Create(CultureInfo.InvariantCulture, $"bubble {bubble:P1} ({settings.Pipeline.Schedule.Name})"));
    }

    // A narrow screen shows only the sum of the memory.
    private static Table Table(IReadOnlyList<StageCost> stages, int width)
    {
        var rows = stages.Select(Cells).Append(Totals(stages)).Select(r => r.Select(text => new Cell(text, Style.Plain)).ToArray()).ToList();
        if (TextTable.Fits(Columns, rows, width))
            return TextTable.Of(Columns, rows, width);

        var shown = Enumerable.Range(0, Columns.Length).Except(PartsOfMemory).ToList();
        return TextTable.Of([.. shown.Select(i => Columns[i])], [.. rows.Select(r => shown.Select(i => r[i]).ToArray())], width);
    }

    private static string[] Totals(IReadOnlyList<StageCost> stages) =>
    [
        "all", "", "", Amount.Count(stages.Sum(s => s.Parameters + s.CopyParameters)), Amount.Bytes(stages.Sum(s => s.Weights)),
        Amount.Bytes(stages.Sum(s => s.Gradients)), Amount.Bytes(stages.Sum(s => s.Moments)), Amount.Bytes(stages.Sum(s => s.Activations)),
        Amount.Bytes(stages.Sum(s => s.Memory)), Amount.Bytes(stages.Sum(s => s.Sent)), Amount.Bytes(stages.Sum(s => s.Jumped)),
        Amount.Bytes(stages.Sum(s => s.Tied)),
    ];

    private static string[] Cells(StageCost stage)
    {
        var block = stage.Block;
        var layers = block.LayerCount == 1 ? $"{block.FirstLayer}" : $"{block.FirstLayer}-{block.FirstLayer + block.LayerCount - 1}";
        var ends = (block.HasEmbedding ? " +embedding" : "") + (block.HasHead ? " +head" : "");
        return
        [
            $"{block.Index}", layers + ends, stage.CopyOf?.ToString(CultureInfo.InvariantCulture) ?? "-",
            Amount.Count(stage.Parameters + stage.CopyParameters), Amount.Bytes(stage.Weights), Amount.Bytes(stage.Gradients),
            Amount.Bytes(stage.Moments), Amount.Bytes(stage.Activations), Amount.Bytes(stage.Memory), Amount.Bytes(stage.Sent),
            Amount.Bytes(stage.Jumped), Amount.Bytes(stage.Tied),
        ];
    }
}
