namespace Estafeta.Services.Hosting;

/// <summary>Where main.cf and master.cf are: MAIL_CONFIG, else /etc/postfix.</summary>
public static class ConfigurationDirectory
{
    public const string Variable = "MAIL_CONFIG";
    public const string Default = "/etc/postfix";

    public static string Find() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } directory ? directory : Default;
}
