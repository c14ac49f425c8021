namespace PipelineRobustness.Experiments;

/// <summary>stub</summary>
public static class ReportPage
{
    /// <summary>stub</summary>
    public static void Write(ExperimentResult result, PreparedExperiment experiment, ExperimentFolder folder) => ExperimentFolder.Write(folder.Report, "<html></html>");
}
