using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace PipelineRobustness.Hosting;

/// <summary>Where a host's log goes, Akka's included.</summary>
public static class HostLogging
{
    /// <summary>Logs to standard error, one line each, from a level on.</summary>
    /// <param name="logging">The host's logging.</param>
    /// <param name="level">The lowest level that is logged; <see cref="LogLevel.None"/> for no log.</param>
    public static ILoggingBuilder AddStandardError(this ILoggingBuilder logging, LogLevel level)
    {
        logging.SetMinimumLevel(level);
        if (level == LogLevel.None) return logging;
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }

    /// <summary>Akka's log goes to the host's, at the host's level; none of it is made when the host logs nothing.</summary>
    internal static AkkaConfigurationBuilder WithHostLogging(this AkkaConfigurationBuilder akka, IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Akka");
        Akka.Event.LogLevel? level = logger.IsEnabled(LogLevel.Debug) ? Akka.Event.LogLevel.DebugLevel
            : logger.IsEnabled(LogLevel.Information) ? Akka.Event.LogLevel.InfoLevel
            : logger.IsEnabled(LogLevel.Warning) ? Akka.Event.LogLevel.WarningLevel
            : logger.IsEnabled(LogLevel.Error) ? Akka.Event.LogLevel.ErrorLevel
            : null;
        return level is not { } wanted ? akka : akka.ConfigureLoggers(log =>
        {
            log.LogLevel = wanted;
            log.ClearLoggers();
            log.AddLoggerFactory();
        });
    }
}
