namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter AddressVerifyCacheCleanupInterval = Add(new TimeParameter("address_verify_cache_cleanup_interval", "12h"));
    public static readonly StringParameter AddressVerifyDefaultTransport = Add(new StringParameter("address_verify_default_transport", "$default_transport") { MinimumLength = 1 });
    public static readonly StringParameter AddressVerifyLocalTransport = Add(new StringParameter("address_verify_local_transport", "$local_transport") { MinimumLength = 1 });
    public static readonly StringParameter AddressVerifyMap = Add(new StringParameter("address_verify_map", "$default_cache_db_type:$data_directory/verify_cache"));
    public static readonly BooleanParameter AddressVerifyNegativeCache = Add(new BooleanParameter("address_verify_negative_cache", "yes"));
    public static readonly TimeParameter AddressVerifyNegativeExpireTime = Add(new TimeParameter("address_verify_negative_expire_time", "3d") { Minimum = 1 });
    public static readonly TimeParameter AddressVerifyNegativeRefreshTime = Add(new TimeParameter("address_verify_negative_refresh_time", "3h") { Minimum = 1 });
    public static readonly IntegerParameter AddressVerifyPendingRequestLimit = Add(new IntegerParameter("address_verify_pending_request_limit", "5000") { Minimum = 1 });
    public static readonly IntegerParameter AddressVerifyPollCount = Add(new IntegerParameter("address_verify_poll_count", "${stress?{1}:{3}}") { Minimum = 1 });
    public static readonly TimeParameter AddressVerifyPollDelay = Add(new TimeParameter("address_verify_poll_delay", "3s") { Minimum = 1 });
    public static readonly TimeParameter AddressVerifyPositiveExpireTime = Add(new TimeParameter("address_verify_positive_expire_time", "31d") { Minimum = 1 });
    public static readonly TimeParameter AddressVerifyPositiveRefreshTime = Add(new TimeParameter("address_verify_positive_refresh_time", "7d") { Minimum = 1 });
    public static readonly StringParameter AddressVerifyRelayTransport = Add(new StringParameter("address_verify_relay_transport", "$relay_transport") { MinimumLength = 1 });
    public static readonly StringParameter AddressVerifyRelayhost = Add(new StringParameter("address_verify_relayhost", "$relayhost"));
    public static readonly StringParameter AddressVerifySender = Add(new StringParameter("address_verify_sender", "$double_bounce_sender"));
    public static readonly StringParameter AddressVerifySenderDependentDefaultTransportMaps = Add(new StringParameter("address_verify_sender_dependent_default_transport_maps", "$sender_dependent_default_transport_maps"));
    public static readonly StringParameter AddressVerifySenderDependentRelayhostMaps = Add(new StringParameter("address_verify_sender_dependent_relayhost_maps", "$sender_dependent_relayhost_maps"));
    public static readonly TimeParameter AddressVerifySenderTtl = Add(new TimeParameter("address_verify_sender_ttl", "0s"));
    public static readonly StringParameter AddressVerifyServiceName = Add(new StringParameter("address_verify_service_name", "verify") { MinimumLength = 1 });
    public static readonly StringParameter AddressVerifyTransportMaps = Add(new StringParameter("address_verify_transport_maps", "$transport_maps"));
    public static readonly StringParameter AddressVerifyVirtualTransport = Add(new StringParameter("address_verify_virtual_transport", "$virtual_transport") { MinimumLength = 1 });
}
