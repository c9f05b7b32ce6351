namespace Estafeta.Services.Attributes;

/// <summary>Answers of flush(8) in its <c>status</c> attribute.</summary>
public static class FlushStatus
{
    public const string Ok = "0";

    /// <summary>Something is wrong on our side; try again.</summary>
    public const string Failed = "4";

    /// <summary>The request makes no sense.</summary>
    public const string BadRequest = "5";

    /// <summary>The site is not in fast_flush_domains.</summary>
    public const string Denied = "7";
}
