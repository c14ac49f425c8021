namespace PipelineRobustness.Pipeline.Schedules;

/// <summary>
/// The order in which stages compute micro-batches. A stage does the tasks of its program one after the other, and each as soon as
/// its inputs have arrived. In every program forward and backward tasks are each in ascending order of
/// micro-batches, so that gradients add up as in a plain loop and the results do not depend on the schedule.
/// </summary>
public interface ISchedule
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>
    /// A stage's tasks in a pass: for each micro-batch one of every kind that <paramref name="share"/> asks for, inspections before
    /// what uses the value, a copy's forward before its backward; and the gate, where there is one, between the last
    /// forward and the first backward task.
    /// </summary>
    IEnumerable<StageTask> Program(StageShare share);

    /// <summary>The largest number of micro-batches of which a stage holds activations for backward at the same time.</summary>
    int InFlight(int stage, int stages, int microBatches);

    /// <summary>The share of time in which a stage is idle, where all tasks take the same time and messages none.</summary>
    double BubbleFraction(int stages, int microBatches);
}
