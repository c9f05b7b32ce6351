namespace Estafeta.Authentication.Spf;

/// <summary>RFC 7208 §2.6.</summary>
public enum SpfResult
{
    /// <summary>No record, or no domain that could have one.</summary>
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,

    /// <summary>The name service is in trouble: another time it may be anything.</summary>
    TempError,

    /// <summary>The domain's records cannot be understood.</summary>
    PermError,
}
