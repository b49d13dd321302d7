//! The AADSTS numbers that Entra's authorization and token endpoints can return to a single-page app, and the problem
//! that each stands for. This is the only such table: the texts follow from the problem, and so does whether a renewal
//! is retried ([`ProblemCode::is_retryable`]). `docs/entra-errors.md` is generated from it.
//!
//! Source: "Microsoft Entra authentication and authorization error codes" (reference-error-codes) and, for numbers that
//! are missing there, the texts that Entra sends. Left out are numbers of other flows: SAML and WS-Federation messages,
//! device code, client assertions, on-behalf-of, device registration, and the dialogs of Entra's own password-change
//! page.

use messages::ProblemCode;

/// A problem and the numbers that stand for it.
#[derive(Debug)]
pub struct Row {
    /// What a person reads.
    pub problem: ProblemCode,
    /// The numbers, in ascending order.
    pub numbers: &'static [u32],
}

macro_rules! table {
    ($( $problem:ident { $( $number:literal $name:ident, )+ } )+) => {
        /// Every row.
        pub const ROWS: &[Row] = &[$( Row { problem: ProblemCode::$problem, numbers: &[$($number),+] } ),+];

        /// The name that Microsoft's list gives to each number, or, where it gives none, a name of the same kind. For
        /// the documentation only: a program that does not use it does not contain it.
        pub const NAMES: &[(u32, &str)] = &[$($( ($number, stringify!($name)) ),+),+];
    };
}

table! {
    AccessBlocked {
        53003 BlockedByConditionalAccess,
        530031 BlockedByConditionalAccessAuthenticationContext,
        530032 BlockedByConditionalAccessOnSecurityPolicy,
        530035 BlockedBySecurityDefaults,
    }
    AccountAtRisk {
        50131 ConditionalAccessFailed,
        53011 UserBlockedDueToRiskOnHomeTenant,
        530034 DelegatedAdminBlockedDueToSuspiciousActivity,
    }
    AccountDeleted {
        500341 UserAccountDeleted,
    }
    AccountDisabled {
        50057 UserDisabled,
    }
    AccountLocked {
        50053 IdsLocked,
        80012 OnPremisePasswordValidationAccountLogonInvalidHours,
        120014 PasswordChangeOnPremUserAccountLockedOutOrDisabled,
    }
    AccountNotInTenant {
        16003 SsoUserAccountNotFoundInResourceTenant,
        50014 GuestUserInPendingState,
        50020 UserUnauthorized,
        50034 UserAccountNotFound,
        50177 ExternalChallengeNotSupportedForPassthroughUsers,
        50178 SessionControlNotSupportedForPassthroughUsers,
        51004 UserAccountNotInDirectory,
        90072 PassThroughUserMfaError,
        90125 DebugModeEnrollTenantNotFound,
    }
    AccountTypeUnsupported {
        50136 RedirectMsaSessionToApp,
        90027 MsaTenantNotSupportedByThisVersion,
        90084 OrgIdWsFederationGuestNotAllowed,
        90126 DebugModeEnrollTenantNotInferred,
        500207 AccountTypeNotAllowedForResource,
        500208 InvalidLoginDomainForAccountType,
    }
    AdminConsentNeeded {
        90093 GraphUserUnauthorized,
        90094 AdminConsentRequired,
        90099 ApplicationNotAuthorizedInTenant,
    }
    AgeRestricted {
        50015 ViralUserLegalAgeConsentRequiredState,
        54000 MinorUserBlockedLegalAgeGroupRule,
    }
    AppNotApproved {
        50127 BrokerAppNotInstalled,
        53002 ApplicationUsedIsNotAnApprovedApp,
        53009 AppProtectionPolicyRequired,
        220450 UnsupportedAndroidWebViewVersion,
    }
    ApplicationDisabled {
        70001 UnauthorizedClient,
        1000031 ApplicationNotAccessible,
        7000112 UnauthorizedClientApplicationDisabled,
    }
    ApplicationMisconfigured {
        50003 MissingSigningKey,
        50007 PartnerEncryptionCertificateMissing,
        50010 AudienceUriValidationFailed,
        50042 UnableToGeneratePairwiseIdentifierWithMissingSalt,
        50043 UnableToGeneratePairwiseIdentifierWithMultipleSalts,
        50124 ClaimsTransformationInvalidInputParameter,
        50146 MissingCustomSigningKey,
        51000 RequiredFeatureNotEnabled,
        90010 NotSupported,
        221000 DeviceOnlyTokensNotSupportedByResource,
        501241 ClaimsTransformationMissingInput,
        501461 AcceptMappedClaimsNotSupported,
        501621 ClaimsTransformationTimeoutRegularExpressionTimeout,
    }
    ApplicationUnknown {
        700011 UnauthorizedClientAppNotFoundInOrgIdTenant,
        700016 UnauthorizedClientDoesNotMatchRequest,
    }
    ApprovalPending {
        90095 AdminConsentRequiredRequestAccess,
    }
    AuthorityUnsupported {
        50194 ApplicationNotMultitenant,
        90124 V1ResourceV2GlobalEndpointNotSupported,
        90130 NonConvergedAppV2GlobalEndpointNotSupported,
        9001023 GrantTypeNotSupportedOverGlobalEndpoint,
        9002331 ApplicationForPersonalAccountsOnly,
        9002332 ApplicationForEntraUsersOnly,
        9002346 ApplicationForMicrosoftAccountsOnly,
    }
    CodeExpired {
        50089 FlowTokenExpired,
        54005 AuthorizationCodeAlreadyRedeemed,
        70019 CodeExpired,
        501481 CodeVerifierMismatch,
        700005 InvalidGrantRedeemAgainstWrongTenant,
    }
    ConsentNeeded {
        65001 DelegationDoesNotExist,
        90008 TokenForItselfRequiresGraphPermission,
        9002341 SingleSignOnNotPermittedByUser,
    }
    CredentialsRefused {
        50012 AuthenticationFailed,
        50017 CertificateValidationFailed,
        50056 InvalidOrNullPassword,
        50064 CredentialAuthenticationError,
        50126 InvalidUserNameOrPassword,
        50192 RawCredentialExpectedNotFound,
        130004 NgcKeyNotFound,
        130005 NgcInvalidSignature,
        130006 NgcTransportKeyNotFound,
    }
    CrossTenantBlocked {
        500212 NotAllowedByOutboundPolicyTenant,
        500213 NotAllowedByInboundPolicyTenant,
        1000104 XCB2BResourceCloudNotAllowedOnIdentityTenant,
    }
    DeviceNotAllowed {
        50005 DevicePolicyError,
        50097 DeviceAuthenticationRequired,
        50129 DeviceIsNotWorkplaceJoined,
        50155 DeviceAuthenticationFailed,
        50187 DeviceInformationNotProvided,
        53000 DeviceNotCompliant,
        53001 DeviceNotDomainJoined,
        130007 NgcDeviceIsDisabled,
        130008 NgcDeviceIsNotFound,
        135011 DeviceDisabled,
        530002 DeviceComplianceRequired,
        530003 DeviceManagementRequired,
        700003 DeviceNotEnabledInTenant,
    }
    EntraPause {
        50196 LoopDetected,
        90055 TenantThrottlingError,
    }
    EntraUnavailable {
        50000 TokenIssuanceError,
        50033 RetryableError,
        51005 TemporaryRedirect,
        70012 MsaServerError,
        90006 ExternalServerRetryableError,
        90012 RequestTimeout,
        90024 RequestBudgetExceededError,
        90033 MsodsServiceUnavailable,
        90036 MsodsServiceUnretryableFailure,
        90090 GraphRetryableError,
        90091 GraphServiceUnreachable,
        90092 GraphNonRetryableError,
        230109 CachedCredentialNonGWAuthNRequestsNotSupported,
    }
    IdentityProviderFailed {
        20001 WsFedSignInResponseError,
        20012 WsFedMessageInvalid,
        20033 FedMetadataInvalidTenantName,
        40008 OAuth2IdPUnretryableServerError,
        40009 OAuth2IdPRefreshTokenRedemptionUserError,
        40010 OAuth2IdPRetryableServerError,
        40015 OAuth2IdPAuthCodeRedemptionUserError,
        50006 InvalidSignature,
        50008 InvalidSamlToken,
        50027 InvalidJwtToken,
        50107 InvalidRealmUri,
        80001 OnPremiseStoreIsNotAvailable,
        80002 OnPremisePasswordValidatorRequestTimedout,
        80005 OnPremisePasswordValidatorUnpredictableWebException,
        80007 OnPremisePasswordValidatorErrorOccurredOnPrem,
        80010 OnPremisePasswordValidationEncryptionException,
        80013 OnPremisePasswordValidationTimeSkew,
        80014 OnPremisePasswordValidationAuthenticationAgentTimeout,
        90081 OrgIdWsFederationMessageInvalid,
        90082 OrgIdWsFederationNotSupported,
        90123 IdentityProviderAccessDenied,
        5000819 InvalidSamlTokenEmailMissingOrInvalid,
    }
    InteractionNeeded {
        16000 InteractionRequired,
        16001 UserAccountSelectionInvalid,
        16002 AppSessionSelectionInvalid,
        50058 UserInformationNotProvided,
        50140 KmsiInterrupt,
        50143 SessionMismatch,
        50168 ChromeBrowserSsoInterruptRequired,
        50180 WindowsIntegratedAuthMissing,
        50197 ConflictingIdentities,
        50199 CmsiInterrupt,
        51006 ForceReauthDueToInsufficientAuth,
        81004 DesktopSsoIdentityInTicketIsNotAuthenticated,
        81005 DesktopSsoAuthenticationPackageNotSupported,
        81006 DesktopSsoNoAuthorizationHeader,
        81007 DesktopSsoTenantIsNotOptIn,
        81009 DesktopSsoAuthorizationHeaderValueWithBadFormat,
        81010 DesktopSsoAuthTokenInvalid,
        81011 DesktopSsoLookupUserBySidFailed,
        81012 DesktopSsoMismatchBetweenTokenUpnAndChosenUpn,
        160021 AppSessionSelectionInvalidSessionNotExist,
        700020 InteractionRequiredForGrant,
        1000000 UserNotBoundError,
        1000002 BindCompleteInterruptError,
    }
    MfaFailed {
        50086 SasNonRetryableError,
        50087 SasRetryableError,
        50088 TelecomMfaLimitReached,
        500121 AuthenticationFailedDuringStrongAuthenticationRequest,
    }
    MfaNeeded {
        50072 UserStrongAuthEnrollmentRequiredInterrupt,
        50074 UserStrongAuthClientAuthNRequiredInterrupt,
        50076 UserStrongAuthClientAuthNRequired,
        50078 UserStrongAuthExpired,
        50079 UserStrongAuthEnrollmentRequired,
        50158 ExternalSecurityChallenge,
    }
    MfaSetupBlocked {
        53004 ProofUpBlockedDueToRisk,
        53010 ProofUpBlockedDueToSecurityInfoAcr,
    }
    MfaUnavailable {
        50161 InvalidExternalSecurityChallengeConfiguration,
        50166 ExternalClaimsProviderThrottled,
        50170 MissingExternalClaimsProviderMapping,
    }
    NotAssigned {
        50105 EntitlementGrantsNotFound,
    }
    OriginHidden {
        9002327 SpaTokenRedeemedWithoutOrigin,
    }
    PasswordChangeNeeded {
        50055 InvalidPasswordExpiredPassword,
        50125 PasswordResetRegistrationRequiredInterrupt,
        50135 PasswordChangeCompromisedPassword,
        50142 PasswordChangeRequiredConditionalAccess,
        50144 InvalidPasswordExpiredOnPremPassword,
        120012 PasswordChangeNeedsToHappenOnPrem,
        120015 PasswordChangeADAdminActionRequired,
    }
    PermissionNotListed {
        65002 FirstPartyPreauthorizationMissing,
        65005 MisconfiguredApplication,
        650056 MisconfiguredApplicationPermissions,
        650057 InvalidResourceNotListed,
    }
    RedirectNotRegistered {
        50011 InvalidReplyTo,
        70002 InvalidClient,
        70004 InvalidRedirectUri,
        500112 RedirectUriDiffersFromAuthorizationRequest,
        500113 NoReplyAddressRegistered,
        900971 NoReplyAddressProvided,
        7000215 InvalidClientSecret,
        7000218 ClientAssertionOrSecretRequired,
        7000222 InvalidClientSecretExpiredKeysProvided,
        9002326 CrossOriginTokenRedemptionNotAllowed,
    }
    RequestRejected {
        50147 MissingCodeChallenge,
        50149 InvalidCodeChallengeMethod,
        51001 DomainHintMustbePresent,
        70003 UnsupportedGrantType,
        70005 UnsupportedResponseType,
        70007 UnsupportedResponseMode,
        90004 InvalidRequestFormat,
        90005 InvalidRequestWithMultipleRequirements,
        90007 InvalidSessionId,
        90013 InvalidUserInput,
        90014 MissingRequiredField,
        90015 QueryStringTooLong,
        90016 MissingRequiredClaim,
        90022 AuthenticatedInvalidPrincipalNameFormat,
        90023 InvalidRequest,
        90056 BadResourceRequest,
        90100 InvalidRequestParameter,
        90101 InvalidEmailAddress,
        90102 InvalidUriParameter,
        90117 InvalidRequestInput,
        90121 InvalidEmptyRequest,
        140000 InvalidRequestNonce,
        501491 InvalidCodeChallengeMethodInvalidSize,
        700025 InvalidClientPublicClientWithCredential,
        700054 ResponseTypeIdTokenNotEnabled,
        900144 RequiredParameterMissing,
        900382 ConfidentialClientNotSupportedInCrossCloudRequest,
        900432 ConfidentialClientNotSupportedCrossCloud,
        900561 BadResourceRequestInvalidRequest,
        901002 ResourceParameterNotSupported,
        9000411 ParameterDuplicated,
        9002313 InvalidRequestMalformed,
        9002325 ProofKeyRequired,
    }
    ScopeWrong {
        28000 ScopeWithMultipleResources,
        28002 InvalidScopeValue,
        28003 EmptyScope,
        70011 InvalidScope,
        90009 TokenForItselfMissingIdenticalAppIdentifier,
        650053 ScopeNotOnResource,
        700022 InvalidMultipleResourcesScope,
        700023 InvalidResourcelessScope,
    }
    ServiceDisabled {
        500014 InvalidResourceServicePrincipalDisabled,
        650054 ResourceRemoved,
    }
    ServicePrincipalMissing {
        50001 InvalidResource,
        500011 InvalidResourceServicePrincipalNotFound,
        650052 ServiceNotEnabledInOrganization,
    }
    SignInDeclined {
        65004 UserDeclinedConsent,
    }
    SignInEnded {
        700084 SpaRefreshTokenExpired,
    }
    SignInRevoked {
        50085 RefreshTokenNeedsSocialIdpLogin,
        50132 SsoArtifactInvalidOrExpired,
        50133 SsoArtifactRevoked,
        50139 SessionMissingMsaOAuth2RefreshToken,
        50173 FreshTokenNeeded,
        90086 OrgIdWsTrustDaTokenExpired,
        140001 InvalidSessionKey,
    }
    SignInStale {
        70000 InvalidGrant,
        70008 ExpiredOrRevokedGrant,
        70043 BadTokenDueToSignInFrequency,
        700082 ExpiredOrRevokedGrantInactiveToken,
    }
    TenantBlocked {
        90085 OrgIdWsFederationSltRedemptionFailed,
        5000224 TenantNotAvailable,
        5000225 TenantBlockedDueToInactivity,
    }
    TenantRestricted {
        50002 NotAllowedTenant,
        500021 TenantRestrictedByProxy,
        500022 TenantRestrictedByPolicy,
    }
    TenantUnknown {
        50029 InvalidDomainName,
        50049 NoSuchInstanceForDiscovery,
        50050 MalformedDiscoveryRequest,
        50059 MissingTenantRealmAndNoUserInformationProvided,
        50128 InvalidDomainNameNoTenantInformation,
        50169 InvalidRequestBadRealm,
        90002 InvalidTenantName,
        90019 MissingTenantRealm,
        90038 NationalCloudTenantRedirection,
        90043 NationalCloudAuthCodeRedirection,
        90051 InvalidNationalCloudId,
    }
}

/// Numbers that only say that something failed. A more specific number in the same refusal comes first.
const GENERAL_NUMBERS: &[u32] = &[50000, 50012, 70000, 70002, 90013, 90014, 90023, 9002313];

/// The problem of the most specific of these numbers, or `None` where the table has none of them.
pub(super) fn problem(numbers: &[u32]) -> Option<ProblemCode> {
    let known = |general: bool| {
        let mut candidates = numbers.iter().filter(|number| GENERAL_NUMBERS.contains(number) == general);
        candidates
            .find_map(|number| ROWS.iter().find(|row| row.numbers.binary_search(number).is_ok()).map(|row| row.problem))
    };
    known(false).or_else(|| known(true))
}
